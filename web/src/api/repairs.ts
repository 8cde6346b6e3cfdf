// Repairs: what one would do, the list, beginning and cancelling one. The server does them; a page begins and watches.
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { get, send } from './client'
import { nounKeys } from './keys'
import { listQuery } from './knowledge'
import { soundnessKeys } from './soundness'
import type { Page, RepairPlan, RepairSummary } from './types'

export const repairKeys = { ...nounKeys('repairs'), running: ['repairs', 'running'] } as const

export const repairListQuery = (q: string) => listQuery<RepairSummary>(repairKeys.list(q), '/repairs', q)

export const useRepairList = (q: string) => useInfiniteQuery(repairListQuery(q))

/** So many repairs that go on are asked for. */
const running_max = 1000
/** Beside the live updates: an event may be missed while a tab sleeps. */
const look_again_ms = 2000

/** The repairs that go on. */
export const useRunningRepairs = () =>
  useQuery({
    queryKey: repairKeys.running,
    queryFn: async ({ signal }) => {
      const page = await get<Page<RepairSummary>>('/repairs', { state: 'running', limit: running_max }, signal)
      return page.items
    },
    refetchInterval: ({ state }) => (state.data?.length ? look_again_ms : false),
  })

/** What a repair would do; `by` names the dataset that takes the place of a retracted one. */
export const useRepairPlan = (of: string, by: string | undefined, isGoing: boolean) =>
  useQuery({
    queryKey: soundnessKeys.repair(of, by),
    queryFn: ({ signal }) => get<RepairPlan>('/repairs', { of, with: by }, signal),
    refetchInterval: isGoing ? look_again_ms : false,
  })

/** Begins a repair, which tries also what failed before. While the same one goes on, it is that one. */
export function useBeginRepair(of: string, by: string | undefined) {
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
