// The matches of a search in all logs, grouped by log, and how far the search has come.
import type { FoundInLogs, RunLogMatch } from '../api/logs'

export interface FoundLog {
  key: string
  run: string
  handle: string
  name?: string | null
  project: string
  attempt: number
  matches: RunLogMatch[]
}

/** The matches of all answers, in their order, below the log to which they belong. */
export function foundLogs(pages: readonly FoundInLogs[]): FoundLog[] {
  const logs: FoundLog[] = []
  for (const match of pages.flatMap((page) => page.matches)) {
    const key = `${match.run}.${match.attempt}`
    const last = logs.at(-1)
    if (last?.key === key) last.matches.push(match)
    else {
      const { run, handle, name, project, attempt } = match
      logs.push({ key, run, handle, name, project, attempt, matches: [match] })
    }
  }
  return logs
}

export type ShownLine = { line?: number | null; text: string } & ({ match: RunLogMatch } | { match?: undefined })

/** The lines of a log that are shown: each match with its surroundings, no line twice. */
export function shownLines(matches: readonly RunLogMatch[]): ShownLine[] {
  const lines: ShownLine[] = []
  // For each output, the number of the last shown line.
  const shown = new Map<string, number>()
  matches.forEach((match, at) => {
    const last = () => shown.get(match.source) ?? 0
    const next = matches.slice(at + 1).find((other) => other.source === match.source)
    const add = (line: number | null | undefined, text: string) => {
      if (line != null && line <= last()) return
      lines.push({ line, text })
      if (line != null) shown.set(match.source, line)
    }
    for (const { line, text } of match.before ?? []) add(line, text)
    lines.push({ line: match.line, text: match.text, match })
    shown.set(match.source, Math.max(last(), match.line))
    // A line with a match follows as a match, also another state of the same line.
    if (next?.line === match.line) return
    for (const { line, text } of match.after ?? [])
      if (line == null || next === undefined || line < next.line) add(line, text)
  })
  return lines
}
