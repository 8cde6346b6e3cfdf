// The home page: running, waiting and recent runs.
import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { keys } from '../api/keys'
import { queryClient } from '../api/query_client'
import { overviewQuery } from '../api/server'
import { root } from '../frame/root'
import type { Noun } from '../noun'

const homeRoute = createRoute({
  getParentRoute: () => root,
  path: '/',
  loader: () => {
    queryClient.prefetchQuery(overviewQuery)
  },
  component: lazyRouteComponent(() => import('./HomePage'), 'HomePage'),
})

export const home = {
  position: 10,
  facts: ['home.created'],
  routes: [homeRoute],
  rail: { to: '/', icon: 'home', label: 'nav.home', position: 10 },
  live: { queryKeys: [keys.overview], stale: [{ factPrefixes: ['run.'], queryKeys: [keys.overview] }] },
} as const satisfies Noun
