// The root of all routes, in a file of its own: the nouns' routes need it, and the frame, which router.tsx sets as its
// component, needs the nouns.
import { createRootRoute } from '@tanstack/react-router'

export const root = createRootRoute()
