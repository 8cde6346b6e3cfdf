// Reproductions of runs, and their results.
import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { get, send } from './client'
import { claimKeys } from './knowledge'
import { runKeys } from './runs'
import type { Reproducing, Reproductions } from './types'

export const reproductionsQuery = (run: string) =>
  queryOptions({
    queryKey: runKeys.part(run, 'reproductions'),
    queryFn: async ({ signal }) => (await get<Reproductions>(`/runs/${run}/reproductions`, {}, signal)).items,
  })

export const useReproductions = (run: string) => useQuery(reproductionsQuery(run))

export function useReproduce(run: string) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: () => send<Reproducing>('POST', `/runs/${run}/reproductions`, {}),
    onSettled: () => {
      client.invalidateQueries({ queryKey: runKeys.one(run) })
      client.invalidateQueries({ queryKey: claimKeys.all })
    },
  })
}
