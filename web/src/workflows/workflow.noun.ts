// Workflows: their list and the page of one.
import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { queryClient } from '../api/query_client'
import { workflowKeys, workflowListQuery, workflowQuery } from '../api/workflows'
import { root } from '../frame/root'
import type { Noun, NounLink } from '../noun'
import { readListSearch } from '../parts/list_search'

const workflowsRoute = createRoute({
  getParentRoute: () => root,
  path: '/workflows',
  validateSearch: readListSearch,
  loaderDeps: ({ search: { q = '' } }) => ({ q }),
  loader: ({ deps }) => {
    queryClient.prefetchInfiniteQuery(workflowListQuery(deps.q))
  },
  component: lazyRouteComponent(() => import('./WorkflowsPage'), 'WorkflowsPage'),
})

const workflowRoute = createRoute({
  getParentRoute: () => root,
  path: '/workflows/$workflow',
  loader: ({ params: { workflow } }) => {
    queryClient.prefetchQuery(workflowQuery(workflow))
  },
  component: lazyRouteComponent(() => import('./WorkflowPage'), 'WorkflowPage'),
})

const workflowLink = (workflow: string): NounLink => ({ to: '/workflows/$workflow', params: { workflow } })

export const workflow = {
  position: 32,
  facts: ['workflow.started', 'workflow.step_submitted', 'workflow.step_ended', 'workflow.ended', 'workflow.cancelled'],
  routes: [workflowsRoute, workflowRoute],
  rail: { to: '/workflows', icon: 'steps', label: 'nav.workflows', position: 32 },
  link: workflowLink,
  live: {
    queryKeys: [workflowKeys.all],
    isDerived: true,
    stale: [
      { factPrefixes: ['workflow.'], queryKeys: [workflowKeys.all] },
      // The steps show the states of their runs.
      { factPrefixes: ['run.started', 'run.cancel_requested', 'run.finished'], queryKeys: [workflowKeys.all] },
    ],
  },
} as const satisfies Noun
