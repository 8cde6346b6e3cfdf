// Marks the matches of a search in a line that is already split into styled spans.
import type { Span } from './ansi'

export interface MarkedSpan extends Span {
  marked?: boolean
}

export function markSpans(spans: Span[], query: string): MarkedSpan[] {
  if (query === '') return spans
  const line = spans.map((span) => span.text).join('')
  const ranges = rangesOf(line.toLowerCase(), query.toLowerCase())
  if (ranges.length === 0) return spans
  const result: MarkedSpan[] = []
  let start = 0
  for (const span of spans) {
    const end = start + span.text.length
    let at = start
    for (const [from, to] of ranges) {
      if (to <= at || from >= end) continue
      if (from > at) result.push({ ...span, text: line.slice(at, from) })
      const stop = Math.min(to, end)
      result.push({ ...span, text: line.slice(Math.max(at, from), stop), marked: true })
      at = stop
    }
    if (at < end) result.push({ ...span, text: line.slice(at, end) })
    start = end
  }
  return result
}

function rangesOf(line: string, query: string): [number, number][] {
  const ranges: [number, number][] = []
  for (let at = line.indexOf(query); at >= 0; at = line.indexOf(query, at + query.length))
    ranges.push([at, at + query.length])
  return ranges
}
