// Saved views: their list. The list of runs and the page that compares runs open and save them.
import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { viewKeys } from '../api/saved_views'
import { root } from '../frame/root'
import type { Noun } from '../noun'

const viewsRoute = createRoute({
  getParentRoute: () => root,
  path: '/views',
  component: lazyRouteComponent(() => import('./ViewsPage'), 'ViewsPage'),
})

export const view = {
  position: 85,
  facts: ['document.kept', 'document.removed'],
  routes: [viewsRoute],
  live: {
    queryKeys: [viewKeys.all],
    stale: [{ factPrefixes: ['document.'], queryKeys: [viewKeys.all] }],
  },
} as const satisfies Noun
