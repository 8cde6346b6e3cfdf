// The router: the pages of all nouns, in the frame.
import { createRouter } from '@tanstack/react-router'
import { Frame } from './frame/Frame'
import { MissingPage, PageProblem } from './frame/MissingPage'
import { root } from './frame/root'
import { nounRoutes } from './nouns'

root.update({ component: Frame, notFoundComponent: MissingPage, errorComponent: PageProblem })

export const router = createRouter({
  routeTree: root.addChildren(nounRoutes),
  defaultPreload: 'intent',
  defaultErrorComponent: PageProblem,
  scrollRestoration: false,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
