// Repairs: their list. The page of a retracted thing starts and follows its repair.
import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { queryClient } from '../api/query_client'
import { repairKeys, repairListQuery } from '../api/repairs'
import { root } from '../frame/root'
import type { Noun } from '../noun'
import { readListSearch } from '../parts/list_search'

const repairsRoute = createRoute({
  getParentRoute: () => root,
  path: '/repairs',
  validateSearch: readListSearch,
  loaderDeps: ({ search: { q = '' } }) => ({ q }),
  loader: ({ deps }) => {
    queryClient.prefetchInfiniteQuery(repairListQuery(deps.q))
  },
  component: lazyRouteComponent(() => import('./RepairsPage'), 'RepairsPage'),
})

export const repair = {
  position: 75,
  facts: ['repair.begun', 'repair.ended', 'repair.cancelled'],
  routes: [repairsRoute],
  rail: { to: '/repairs', icon: 'again', label: 'nav.repairs', position: 55 },
  live: {
    queryKeys: [repairKeys.all],
    isDerived: true,
    stale: [{ factPrefixes: ['repair.'], queryKeys: [repairKeys.all], alsoStale: 'derived' }],
  },
} as const satisfies Noun
