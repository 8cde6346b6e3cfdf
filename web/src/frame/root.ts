// The root of all routes. The router gives it the frame, which reads the list of nouns, which have their routes below it.
import { createRootRoute } from '@tanstack/react-router'

export const root = createRootRoute()
