// Runs: their list and the page of one.
import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { keys } from '../api/keys'
import { lineageQuery } from '../api/knowledge'
import { logsKeys } from '../api/logs'
import { queryClient } from '../api/query_client'
import { findRuns, runFilesQuery, runKeys, runListQuery, runMetricsQuery, runQuery } from '../api/runs'
import { readCompareSearch } from '../compare/compare_search'
import { root } from '../frame/root'
import { readLogsSearch } from '../logs/logs_search'
import type { LineageNode, NodeView, Noun, NounLink } from '../noun'
import { columnsIn, newestFirst, readRunsSearch, rowValues } from '../runs/runs_search'
import { readRunSearch } from './run_search'

const runsRoute = createRoute({
  getParentRoute: () => root,
  path: '/runs',
  validateSearch: readRunsSearch,
  loaderDeps: ({ search: { q, where, state, project, sort, cols } }) => ({
    q,
    where,
    state,
    project,
    sort: sort ?? newestFirst,
    ...rowValues(columnsIn(cols ?? '')),
  }),
  loader: ({ deps }) => {
    queryClient.prefetchInfiniteQuery(runListQuery(deps))
  },
  component: lazyRouteComponent(() => import('../runs/RunsPage'), 'RunsPage'),
})

const runRoute = createRoute({
  getParentRoute: () => root,
  path: '/r/$run',
  validateSearch: readRunSearch,
  // The data that every page of a run needs is loaded together with the code of the page.
  loader: ({ params: { run } }) => {
    queryClient.prefetchQuery(runQuery(run))
    queryClient.prefetchQuery(runMetricsQuery(run))
    queryClient.prefetchQuery(runFilesQuery(run))
    queryClient.prefetchQuery(lineageQuery(run))
  },
  component: lazyRouteComponent(() => import('./RunPage'), 'RunPage'),
})

const compareRoute = createRoute({
  getParentRoute: () => root,
  path: '/compare',
  validateSearch: readCompareSearch,
  component: lazyRouteComponent(() => import('../compare/ComparePage'), 'ComparePage'),
})

const logsRoute = createRoute({
  getParentRoute: () => root,
  path: '/logs',
  validateSearch: readLogsSearch,
  component: lazyRouteComponent(() => import('../logs/LogsPage'), 'LogsPage'),
})

export const runLink = (run: string): NounLink => ({ to: '/r/$run', params: { run } })

export function runView({ run }: LineageNode): NodeView | undefined {
  if (!run) return undefined
  const link = runLink(run.handle)
  return {
    name: `run/${run.id}`,
    link,
    shape: { state: run.state },
    label: run.handle,
    description: run.name == null ? { command: run.command } : { text: run.name },
    soundness: run.soundness,
    repair: link,
  }
}

export const run = {
  position: 30,
  facts: [
    'run.submitted',
    'run.started',
    'run.process_started',
    'run.attempt_ended',
    'run.cancel_requested',
    'run.finished',
    'run.params_logged',
    'run.metrics_added_after_end',
    'run.params_added_after_end',
    'run.message_set_aside',
    'run.capture_noted',
    'run.software_captured',
    'run.part_sealed',
    'run.reproduced',
    'run.tagged',
    'run.noted',
    'run.archived',
    'run.queue_set',
    'run.held',
    'run.opened',
    'run.files_added',
    'run.fell_silent',
    'run.heard_again',
    'run.closed',
    'run.deleted',
  ],
  routes: [runsRoute, runRoute, compareRoute, logsRoute],
  rail: { to: '/runs', icon: 'runs', label: 'nav.runs', position: 30 },
  link: runLink,
  live: {
    queryKeys: [runKeys.all, runKeys.anyOne, logsKeys.all],
    stale: [
      { factPrefixes: ['run.'], queryKeys: [runKeys.all], byHandle: runKeys.one },
      // Another program may have set tags.
      { factPrefixes: ['document.'], queryKeys: [runKeys.all], byHandle: runKeys.one, rest_ms: 2000 },
      // Datasets, laws and claims may rest on the result.
      { factPrefixes: ['run.finished', 'run.reproduced'], alsoStale: 'derived' },
      // The list of tags may have changed.
      { factPrefixes: ['run.submitted', 'run.tagged', 'run.archived', 'run.deleted'], queryKeys: [keys.tags] },
    ],
  },
  lineage: { group: 'reach.group.run', position: 40, view: runView },
  search: {
    group: 'palette.runs',
    key: (q) => [...runKeys.all, 'found', q],
    find: async (q, signal) =>
      (await findRuns(q, signal)).map((found) => ({
        id: found.id,
        shape: { state: found.state },
        label: `${found.handle}  ${found.name ?? found.command}`,
        detail: found.project,
        link: runLink(found.handle),
      })),
    filtered: [
      { label: 'palette.filterRuns', icon: 'runs', link: (q) => ({ to: '/runs', search: { q } }) },
      { label: 'logs.link.for', icon: 'search', link: (q) => ({ to: '/logs', search: { q } }) },
    ],
  },
} as const satisfies Noun
