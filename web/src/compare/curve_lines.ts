// The curves of several runs as lines of a chart: their x axis, their smoothing, and the values at a position.
import type { RunCurve } from '../api/comparison'
import { toNumber } from '../format/numbers'
import { smoothed } from './smoothing'

export const xAxes = ['step', 'elapsed', 'clock'] as const
/** The quantity on the x axis: the step, the seconds since the start of each run, or the time of the clock. */
export type XAxis = (typeof xAxes)[number]

export interface Line {
  /** The handle of the run, or the name of a group. */
  id: string
  /** In ascending order. */
  x: number[]
  /** NaN where a value was not finite: drawn as a gap. */
  y: number[]
  /** The values before smoothing, if they differ. */
  raw?: number[]
}

export interface LineOptions {
  across: XAxis
  /** The weight of the moving average; 0 means none. */
  smoothing: number
  /** On a log scale the x axis has only positive values. */
  logX: boolean
  /** The start of the run in seconds since 1970; undefined if it did not start. */
  started_s: (handle: string) => number | undefined
}

/** The line of one run, or undefined if it has no points on this axis. */
export function lineOf(curve: RunCurve, options: LineOptions): Line | undefined {
  const { across, smoothing, logX, started_s } = options
  const handle = curve.run.handle
  const start = across === 'clock' ? started_s(handle) : 0
  if (start === undefined) return undefined
  const from = across === 'step' ? curve.step : curve.elapsed_s
  const points = from
    .map((x, at) => ({ x: x + start, y: toNumber(curve.value[at] as number | string) }))
    .filter(({ x }) => Number.isFinite(x) && (!logX || x > 0))
  // Points may arrive out of order; a line is drawn in the order of x.
  points.sort((a, b) => a.x - b.x)
  if (points.length === 0) return undefined
  const x = points.map((point) => point.x)
  const raw = points.map((point) => point.y)
  return smoothing > 0 ? { id: handle, x, y: smoothed(raw, smoothing), raw } : { id: handle, x, y: raw }
}

/** The index of the point that is nearest to `x`, or undefined if `x` lies outside the line by more than `room`. */
export function nearest(line: Pick<Line, 'x'>, x: number, room: number): number | undefined {
  const { x: along } = line
  const first = along[0]
  const last = along.at(-1)
  if (first === undefined || last === undefined || x < first - room || x > last + room) return undefined
  let low = 0
  let high = along.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if ((along[middle] ?? 0) < x) low = middle + 1
    else high = middle
  }
  const before = along[low - 1]
  return before !== undefined && x - before <= (along[low] ?? 0) - x ? low - 1 : low
}

/** The lowest and the highest number of several lists, among those that a scale can show. */
export function rangeOf(lists: Iterable<readonly number[]>, onlyPositive = false): [number, number] | undefined {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (const list of lists)
    for (const value of list) {
      if (!Number.isFinite(value) || (onlyPositive && value <= 0)) continue
      if (value < low) low = value
      if (value > high) high = value
    }
  return low <= high ? [low, high] : undefined
}

/** The values of a line within a range of x, and the nearest ones outside, so that a line through the range counts. */
export function valuesWithin({ x, y }: Pick<Line, 'x' | 'y'>, from: number, to: number): number[] {
  const first = x.findIndex((value) => value >= from)
  if (first < 0) return []
  let end = x.length
  while (end > first && (x[end - 1] ?? 0) > to) end -= 1
  return y.slice(first, end)
}
