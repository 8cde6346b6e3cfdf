// Searching a log on the server: all matches by their places, the chosen one, and the steps between them.
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { keys } from '../api/keys'
import { searchLog } from '../api/runs'
import type { LogMatch } from '../api/types'
import { plainText } from './ansi'
import type { LogLine } from './log_lines'

export function useLogSearch(run: string, attempt: number) {
  const [query, setQuery] = useState('')
  const [at, setAt] = useState(0)
  const found = useQuery({
    queryKey: keys.runPart(run, 'search', attempt, query),
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

/** Which of the loaded lines a match is: several matches may begin in one piece, and they come in order. */
export function lineOfMatch(
  lines: readonly LogLine[],
  matches: LogMatch[],
  at: number,
  query: string,
): number | undefined {
  const match = matches[at]
  if (match === undefined) return undefined
  let nth = matches.slice(0, at).filter((before) => before.offset === match.offset).length
  const wanted = query.toLowerCase()
  const first = lines.findIndex((line) => line.offset >= match.offset)
  for (let index = Math.max(0, first); first >= 0 && index < lines.length; index += 1) {
    const line = lines[index]
    if (line === undefined || line.offset > match.offset) break
    if (plainText(line.text).toLowerCase().includes(wanted)) {
      if (nth === 0) return index
      nth -= 1
    }
  }
  return first < 0 ? undefined : first
}
