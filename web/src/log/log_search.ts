// Search of a log on the server: the offsets of all matches, the selected match, and the steps between matches.
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { runKeys, searchLog } from '../api/runs'
import type { LogMatch } from '../api/types'
import type { LogLine } from './log_lines'

export function useLogSearch(run: string, attempt: number) {
  const [query, setQuery] = useState('')
  const [at, setAt] = useState(0)
  const found = useQuery({
    queryKey: runKeys.part(run, 'search', attempt, query),
    queryFn: ({ signal }) => searchLog(run, attempt, query, signal),
    enabled: query !== '',
  })
  const matches = query === '' ? [] : (found.data?.matches ?? [])
  const search = (next: string) => {
    setQuery(next)
    setAt(0)
  }
  const step = (by: number) => {
    if (matches.length > 0) setAt((at + by + matches.length) % matches.length)
  }
  return {
    query,
    search,
    step,
    at,
    matches,
    match: matches[at],
    error: found.error,
    truncated: found.data?.truncated ?? false,
    pending: found.isFetching,
  }
}

/** Finds the loaded line that contains a match: the first line of its output that does not end before the match. */
export function lineOfMatch(lines: readonly LogLine[], match: LogMatch): number | undefined {
  const index = lines.findIndex((line) => line.source === match.source && match.at < line.to)
  return index < 0 ? undefined : index
}
