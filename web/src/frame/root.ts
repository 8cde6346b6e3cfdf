// The root of all routes. It has a file of its own because the routes of the nouns import it, and the frame, which
// router.tsx sets as its component, imports the nouns.
import { createRootRoute } from '@tanstack/react-router'

export const root = createRootRoute()
