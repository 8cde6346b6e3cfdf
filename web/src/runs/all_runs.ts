// All runs that a filter finds, page by page, up to a limit: for groups and exports.
import { queryOptions } from '@tanstack/react-query'
import { get } from '../api/client'
import type { RunFilter, RunList } from '../api/runs'
import type { RunSummary } from '../api/types'

const page_runs = 1000
const live_ms = 5_000

export interface AllRuns {
  runs: RunSummary[]
  /** There are more runs than the limit. */
  more: boolean
}

export async function fetchAllRuns(filter: RunFilter, runs_max: number, signal?: AbortSignal): Promise<AllRuns> {
  const runs: RunSummary[] = []
  let cursor: string | undefined
  // Each page has the metrics and tags that the filter names.
  do {
    const answer = await get<RunList>('/runs', { ...filter, limit: page_runs, cursor }, signal)
    runs.push(...answer.items)
    cursor = answer.next ?? undefined
  } while (cursor !== undefined && runs.length < runs_max)
  return { runs, more: cursor !== undefined }
}

export const allRunsQuery = (filter: RunFilter, runs_max: number) =>
  queryOptions({
    // Not a list of the page: facts about runs do not make thousands of runs load again at once.
    queryKey: ['all runs', { ...filter }, runs_max],
    queryFn: ({ signal }) => fetchAllRuns(filter, runs_max, signal),
    refetchInterval: live_ms,
    staleTime: live_ms,
  })
