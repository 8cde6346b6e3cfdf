// Arrays: their list, the page of one, and the form that starts one.
import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { arrayGridQuery, arrayKeys, arrayListQuery, arrayQuery } from '../api/arrays'
import { queryClient } from '../api/query_client'
import { root } from '../frame/root'
import type { Noun, NounLink } from '../noun'
import { readArrayListSearch, readArraySearch, readNewArraySearch } from './array_search'

const arraysRoute = createRoute({
  getParentRoute: () => root,
  path: '/arrays',
  validateSearch: readArrayListSearch,
  loaderDeps: ({ search: { q, state } }) => ({ q, state }),
  loader: ({ deps }) => {
    queryClient.prefetchInfiniteQuery(arrayListQuery(deps))
  },
  component: lazyRouteComponent(() => import('./ArrayListPage'), 'ArrayListPage'),
})

const arrayRoute = createRoute({
  getParentRoute: () => root,
  path: '/arrays/$array',
  validateSearch: readArraySearch,
  loader: ({ params: { array } }) => {
    queryClient.prefetchQuery(arrayQuery(array))
    queryClient.prefetchQuery(arrayGridQuery(array))
  },
  component: lazyRouteComponent(() => import('./ArrayPage'), 'ArrayPage'),
})

const newArrayRoute = createRoute({
  getParentRoute: () => root,
  path: '/arrays/new',
  validateSearch: readNewArraySearch,
  component: lazyRouteComponent(() => import('./NewArrayPage'), 'NewArrayPage'),
})

const arrayLink = (array: string): NounLink => ({ to: '/arrays/$array', params: { array } })

/** An array has thousands of runs, and each of them has several facts. */
const rest_ms = 1000
const resultsRest_ms = 5000

const ofTasks = ['run.submitted', 'run.started', 'run.cancel_requested', 'run.finished']

export const array = {
  position: 33,
  facts: [
    'array.submitted',
    'array.cancelled',
    'array.held',
    'array.stopped',
    'array.retried',
    'array.tasks_reused',
    'array.ended',
    'array.gather_requested',
    'array.gathered',
    'array.not_gathered',
  ],
  routes: [arraysRoute, newArrayRoute, arrayRoute],
  rail: { to: '/arrays', icon: 'array', label: 'nav.arrays', position: 33 },
  link: arrayLink,
  live: {
    queryKeys: [arrayKeys.all, arrayKeys.results],
    stale: [
      { factPrefixes: ['array.', ...ofTasks], queryKeys: [arrayKeys.all], rest_ms },
      { factPrefixes: ['array.', 'run.finished'], queryKeys: [arrayKeys.results], rest_ms: resultsRest_ms },
    ],
  },
} as const satisfies Noun
