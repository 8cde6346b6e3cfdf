// Whether a thing is sound, what is downstream of it, and the actions: retracting, asserting.
import {
  infiniteQueryOptions,
  queryOptions,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query'
import { get, send } from './client'
import type { Reach, SoundnessDetail } from './types'

export const soundnessKeys = {
  all: ['soundness'],
  of: (of: string) => ['soundness', 'of', of],
  reach: (of: string, direction: string) => ['soundness', 'reach', direction, of],
  repair: (of: string, by: string | undefined) => ['soundness', 'repair', of, by ?? ''],
} as const

/** `of` names any thing in this file: `run/ID`, `data/ID`, `claim/ID`. */
export const soundnessQuery = (of: string) =>
  queryOptions({
    queryKey: soundnessKeys.of(of),
    queryFn: ({ signal }) => get<SoundnessDetail>('/soundness', { of }, signal),
  })

export const useSoundness = (of: string, enabled = true) => useQuery({ ...soundnessQuery(of), enabled })

export type Direction = 'consequences' | 'sources'

const page_nodes = 100

const reachQuery = (of: string, direction: Direction) =>
  infiniteQueryOptions({
    queryKey: soundnessKeys.reach(of, direction),
    queryFn: ({ pageParam, signal }) =>
      get<Reach>('/reach', { of, direction, limit: page_nodes, cursor: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: Reach) => page.next ?? undefined,
  })

export const useReach = (of: string, direction: Direction, enabled = true) =>
  useInfiniteQuery({ ...reachQuery(of, direction), enabled })

/** A retraction may change every answer on the screen. */
function useAllStale() {
  const client = useQueryClient()
  return () => client.invalidateQueries()
}

export function useRetract(of: string) {
  const onSettled = useAllStale()
  return useMutation({
    mutationFn: (because: string) => send<SoundnessDetail>('POST', '/retractions', { of, because }),
    onSettled,
  })
}

export interface Assertion {
  on: string
  because: string
}

export function useAssertIndependence(of: string) {
  const onSettled = useAllStale()
  return useMutation({
    mutationFn: ({ on, because }: Assertion) => send<SoundnessDetail>('POST', '/independences', { of, on, because }),
    onSettled,
  })
}
