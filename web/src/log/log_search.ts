// Search of a log on the server: the offsets of all matches, the selected match, and the steps between matches.
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { type LogPattern, runKeys, searchLog } from '../api/runs'
import type { LogMatch } from '../api/types'
import type { LogLine } from './log_lines'

/** A search with which a log is opened. */
export interface LogFind extends LogPattern {
  /** The place of the match that is shown first. */
  at?: number
}

const nothing: LogFind = { q: '' }

export function useLogSearch(run: string, attempt: number, first: LogFind = nothing) {
  const [pattern, setPattern] = useState<LogPattern>(first)
  const [chosen, setChosen] = useState<number>()
  const query = pattern.q
  const found = useQuery({
    queryKey: runKeys.part(run, 'search', attempt, pattern),
    queryFn: ({ signal }) => searchLog(run, attempt, pattern, signal),
    enabled: query !== '',
  })
  const matches = query === '' ? [] : (found.data?.matches ?? [])
  const at =
    chosen ??
    Math.max(
      0,
      matches.findIndex((match) => match.at === first.at),
    )
  const search = (next: string) => {
    setPattern({ q: next })
    setChosen(0)
  }
  const step = (by: number) => {
    if (matches.length > 0) setChosen((at + by + matches.length) % matches.length)
  }
  return {
    query,
    isExpression: pattern.regex ?? false,
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
