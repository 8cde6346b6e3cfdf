// Workflows: the list, one with its steps, cancelling. The server carries out the steps; a page follows them.
import { queryOptions, useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { get, send } from './client'
import { nounKeys } from './keys'
import { listQuery } from './knowledge'
import type { Schemas } from './types'

export type WorkflowDetail = Schemas['WorkflowDetail']
export type WorkflowStep = Schemas['WorkflowStep']
export type WorkflowSummary = Schemas['WorkflowSummary']

export const workflowKeys = nounKeys('workflows')

export const workflowListQuery = (q: string) => listQuery<WorkflowSummary>(workflowKeys.list(q), '/workflows', q)

export const useWorkflowList = (q: string) => useInfiniteQuery(workflowListQuery(q))

/** Polled in addition to the live updates: no fact says that the preparation of a step began. */
const poll_ms = 2000

const pathOf = (workflow: string) => `/workflows/${encodeURIComponent(workflow)}`

/** `workflow` is the number or the id. */
export const workflowQuery = (workflow: string) =>
  queryOptions({
    queryKey: workflowKeys.one(workflow),
    queryFn: ({ signal }) => get<WorkflowDetail>(pathOf(workflow), {}, signal),
    refetchInterval: ({ state }) => (state.data?.workflow.state === 'running' ? poll_ms : false),
  })

export const useWorkflow = (workflow: string) => useQuery(workflowQuery(workflow))

export function useCancelWorkflow() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (id: string) => send<WorkflowSummary>('POST', `${pathOf(id)}/cancel`, {}),
    onSettled: () => client.invalidateQueries(),
  })
}
