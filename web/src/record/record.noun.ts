// The page of the record, fact by fact.
import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { keys } from '../api/keys'
import { root } from '../frame/root'
import type { Noun } from '../noun'
import { readRecordSearch } from './record_search'

const recordRoute = createRoute({
  getParentRoute: () => root,
  path: '/log',
  validateSearch: readRecordSearch,
  component: lazyRouteComponent(() => import('./RecordPage'), 'RecordPage'),
})

const everyFact = ''

export const record = {
  position: 90,
  facts: ['objects.collected', 'payload.erased', 'stream.erased', 'object.erased'],
  routes: [recordRoute],
  rail: { to: '/log', icon: 'log', label: 'nav.log', position: 60 },
  live: {
    queryKeys: [],
    stale: [
      { factPrefixes: [everyFact], queryKeys: [keys.facts] },
      // Erased content may be anywhere on the screen.
      {
        factPrefixes: ['payload.erased', 'stream.erased', 'object.erased'],
        queryKeys: [keys.tags],
        alsoStale: 'everything',
      },
    ],
  },
} as const satisfies Noun
