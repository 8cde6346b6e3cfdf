// The machine: its runners and their use.
import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { machineKeys, machineQuery } from '../api/machine'
import { queryClient } from '../api/query_client'
import { root } from '../frame/root'
import type { Noun } from '../noun'
import { defaultSpan, readMachineSearch } from './machine_search'

const machineRoute = createRoute({
  getParentRoute: () => root,
  path: '/machine',
  validateSearch: readMachineSearch,
  loaderDeps: ({ search: { span } }) => ({ span }),
  loader: ({ deps: { span } }) => {
    queryClient.prefetchQuery(machineQuery(span ?? defaultSpan))
  },
  component: lazyRouteComponent(() => import('./MachinePage'), 'MachinePage'),
})

export const machine = {
  position: 38,
  facts: ['runner.enrolled', 'runner.gone'],
  routes: [machineRoute],
  rail: { to: '/machine', icon: 'machine', label: 'nav.machine', position: 58 },
  live: {
    queryKeys: [machineKeys.all],
    stale: [{ factPrefixes: ['runner.'], queryKeys: [machineKeys.all], rest_ms: 10_000 }],
  },
} as const satisfies Noun
