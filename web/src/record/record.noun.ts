// The record itself, fact by fact.
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
  facts: ['objects.collected', 'payload.erased', 'stream.erased', 'object.erased'],
  routes: [recordRoute],
  rail: { to: '/log', icon: 'log', label: 'nav.log', place: 60 },
  live: {
    queries: [],
    stale: [
      { after: [everyFact], queries: [keys.facts] },
      // What was erased may stand anywhere on the screen.
      { after: ['payload.erased', 'stream.erased', 'object.erased'], queries: [keys.tags], reaches: 'everything' },
    ],
  },
} as const satisfies Noun
