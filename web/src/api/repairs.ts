// Repairs: the plan, the list, starting and cancelling. The server runs a repair; a page starts and follows it.
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { get, send } from './client'
import { nounKeys } from './keys'
import { listQuery } from './knowledge'
import { soundnessKeys } from './soundness'
import type { Page, RepairPlan, RepairSummary } from './types'

export const repairKeys = { ...nounKeys('repairs'), running: ['repairs', 'running'] } as const

export const repairListQuery = (q: string) => listQuery<RepairSummary>(repairKeys.list(q), '/repairs', q)

export const useRepairList = (q: string) => useInfiniteQuery(repairListQuery(q))

/** The most running repairs in one request. */
const running_max = 1000
/** Polled in addition to the live updates: a sleeping tab may miss an event. */
const poll_ms = 2000

/** The running repairs. */
export const useRunningRepairs = () =>
  useQuery({
    queryKey: repairKeys.running,
    queryFn: async ({ signal }) => {
      const page = await get<Page<RepairSummary>>('/repairs', { state: 'running', limit: running_max }, signal)
      return page.items
    },
    refetchInterval: ({ state }) => (state.data?.length ? poll_ms : false),
  })

/** The plan of a repair; `by` names the dataset that replaces a retracted one. */
export const useRepairPlan = (of: string, by: string | undefined, isRunning: boolean) =>
  useQuery({
    queryKey: soundnessKeys.repair(of, by),
    queryFn: ({ signal }) => get<RepairPlan>('/repairs', { of, with: by }, signal),
    refetchInterval: isRunning ? poll_ms : false,
  })

/**
 * Starts a repair, which also retries failed steps. If the same repair is running already, the answer is that repair.
 */
export function useStartRepair(of: string, by: string | undefined) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: () => send<RepairPlan>('POST', '/repairs', { of, with: by ?? null, again: true }),
    onSuccess: (plan) => {
      client.setQueryData(soundnessKeys.repair(of, by), plan)
      const { repair } = plan
      if (repair?.state === 'running')
        client.setQueryData<RepairSummary[]>(repairKeys.running, (running = []) => [
          repair,
          ...running.filter(({ id }) => id !== repair.id),
        ])
    },
    onSettled: () => client.invalidateQueries(),
  })
}

export function useCancelRepair() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (id: string) => send<RepairSummary>('POST', `/repairs/${encodeURIComponent(id)}/cancel`, {}),
    onSettled: () => client.invalidateQueries(),
  })
}
