// Groups of curves, such as the seeds of one setting, as one line with a band: the mean and its spread, or the lowest and
// highest value.
import type { Line } from './curve_lines'

export const bandKinds = ['deviation', 'range'] as const
/** `deviation`: mean ± standard deviation (over n − 1); `range`: mean, lowest and highest value. */
export type BandKind = (typeof bandKinds)[number]

export interface Band {
  id: string
  x: number[]
  mean: number[]
  /** NaN where fewer than two curves have a value. */
  low: number[]
  high: number[]
  /** How many curves have a value at each x. */
  count: number[]
  /** How many curves the group has. */
  lines: number
}

/** More positions than a chart is wide cannot be seen. */
const positions_max = 500

/** The band of a group of lines. Values between the points of a line are interpolated; none are guessed beyond its ends. */
export function bandOf(id: string, lines: readonly Line[], kind: BandKind): Band {
  const x = positions(lines)
  const at = lines.map((line) => valuesAt(line, x))
  const band: Band = { id, x, mean: [], low: [], high: [], count: [], lines: lines.length }
  for (let place = 0; place < x.length; place += 1) {
    const values = at.map((each) => each[place] ?? Number.NaN).filter(Number.isFinite)
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    band.count.push(values.length)
    band.mean.push(values.length === 0 ? Number.NaN : mean)
    const [low, high] = spread(values, mean, kind)
    band.low.push(low)
    band.high.push(high)
  }
  return band
}

function spread(values: readonly number[], mean: number, kind: BandKind): [number, number] {
  if (values.length < 2) return [Number.NaN, Number.NaN]
  if (kind === 'range') return [Math.min(...values), Math.max(...values)]
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  const deviation = Math.sqrt(squares / (values.length - 1))
  return [mean - deviation, mean + deviation]
}

/** All x of the lines; if there are too many, evenly spaced ones from the first to the last. */
function positions(lines: readonly Line[]): number[] {
  const all = [...new Set(lines.flatMap(({ x }) => x))].sort((a, b) => a - b)
  if (all.length <= positions_max) return all
  const first = all[0] ?? 0
  const step = ((all.at(-1) ?? first) - first) / (positions_max - 1)
  return Array.from({ length: positions_max }, (_, at) => first + at * step)
}

/** The values of a line at ascending positions: NaN beyond its ends, and next to a value that is not finite. */
export function valuesAt({ x, y }: Pick<Line, 'x' | 'y'>, at: readonly number[]): number[] {
  let right = 0
  return at.map((position) => {
    while (right < x.length && (x[right] ?? 0) < position) right += 1
    const after = x[right]
    if (after === undefined) return Number.NaN
    // Of several values at one x the last one counts.
    if (after === position) {
      while (x[right + 1] === position) right += 1
      return y[right] ?? Number.NaN
    }
    const before = x[right - 1]
    if (before === undefined) return Number.NaN
    const share = (position - before) / (after - before)
    return (y[right - 1] ?? Number.NaN) * (1 - share) + (y[right] ?? Number.NaN) * share
  })
}
