// The search in the logs of all runs: each answer continues the one before.
import { infiniteQueryOptions, useInfiniteQuery } from '@tanstack/react-query'
import { get } from './client'
import type { Schemas } from './types'

export type FoundInLogs = Schemas['FoundInLogs']
export type RunLogMatch = Schemas['RunLogMatch']

export interface LogsQuery {
  /** The text, or the regular expression. */
  q: string
  regex?: true
  ignore_case?: true
  project?: string
  /** A condition that the runs must meet. */
  where?: string
  /** Lines before and after each match. */
  context?: number
}

export const logsKeys = { all: ['logs'] } as const

const page_matches = 100

export const logsQuery = (wanted: LogsQuery) =>
  infiniteQueryOptions({
    queryKey: [...logsKeys.all, wanted],
    queryFn: ({ pageParam, signal }) =>
      get<FoundInLogs>('/logs/search', { ...wanted, limit: page_matches, cursor: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: FoundInLogs) => page.next ?? undefined,
    enabled: wanted.q !== '',
    // A search reads much. It is repeated only when the reader asks for it.
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  })

export const useLogs = (wanted: LogsQuery) => useInfiniteQuery(logsQuery(wanted))
