// The edges of a histogram in words: numbers unchanged, days and moments as dates.

const second_ms = 1000
const day_ms = 86_400 * second_ms

/** An edge of a column of that type: dates are days since 1970-01-01, moments are seconds. */
export function edgeText(type: string, edge: number, value: (edge: number) => string): string {
  const time_ms = type === 'date' ? edge * day_ms : type.startsWith('timestamp') ? edge * second_ms : undefined
  if (time_ms === undefined) return value(edge)
  const time = new Date(time_ms)
  if (Number.isNaN(time.getTime())) return value(edge)
  const text = time.toISOString()
  return type === 'date' ? text.slice(0, 10) : text.slice(0, 16).replace('T', ' ')
}

export const binLabel = (edges: number[], at: number, text: (edge: number) => string): string =>
  `${text(edges[at] ?? 0)} – ${text(edges[at + 1] ?? edges[at] ?? 0)}`

/** A share in percent, with enough digits to distinguish it from 0 % and 100 %. */
export function shareOf(part: number, all: number): string {
  if (all === 0 || part === 0) return '0 %'
  const percent = (100 * part) / all
  if (percent < 0.1) return '< 0.1 %'
  if (percent > 99.9 && part < all) return '> 99.9 %'
  return `${percent < 10 ? percent.toFixed(1).replace(/\.0$/, '') : Math.round(percent)} %`
}
