// A curve as the charts take it: what it is called, in which unit, and its points in order of x.

export interface CurveData {
  name: string
  unit?: string
  /** What the x axis counts. */
  across: 'step' | 'time'
  x: number[]
  /** NaN where the value was not finite: drawn as a gap. */
  y: number[]
}

export interface CurveSummary {
  count: number
  notFinite: number
  last: number | undefined
  min: number | undefined
  max: number | undefined
}

export function summarise(y: readonly number[]): CurveSummary {
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY
  let notFinite = 0
  for (const value of y) {
    if (!Number.isFinite(value)) {
      notFinite += 1
      continue
    }
    if (value < min) min = value
    if (value > max) max = value
  }
  const any = notFinite < y.length
  return { count: y.length, notFinite, last: y.at(-1), min: any ? min : undefined, max: any ? max : undefined }
}

/** What the axis of its values says: the name and the unit, as far as there is room beside a small chart. */
export function valueLabel({ name, unit }: CurveData): string {
  const short = name.length > labelCharacters_max ? `${name.slice(0, labelCharacters_max - 1)}…` : name
  return unit ? `${short} (${unit})` : short
}

const labelCharacters_max = 24

/** Whether its least and greatest value say more than its last one does. */
export const hasRange = ({ count, min, max }: CurveSummary): boolean =>
  count > 1 && min !== undefined && max !== undefined && min !== max

/** The axis from `min` to `max` with some air; a single value gets room on both sides, so that its point is seen. */
export function paddedRange(min: number, max: number): [number, number] {
  if (min === max) {
    const room = min === 0 ? 1 : Math.abs(min) * 0.1
    return [min - room, max + room]
  }
  const air = (max - min) * 0.05
  return [min - air, max + air]
}

/** The x axis around the only point. Nothing lies between two steps: its own is the one that is named. */
export const rangeAround = (only: number, across: CurveData['across']): [number, number] =>
  across === 'step' ? [only - 0.5, only + 0.5] : paddedRange(only, only)

/** The same on a log scale: whole decades where the data spans less than two, else a little beyond the data. */
export function paddedLogRange(min: number, max: number): [number, number] {
  if (min === max) return [min / 10, max * 10]
  const air = (Math.log10(max) - Math.log10(min)) * 0.05
  return [10 ** (Math.log10(min) - air), 10 ** (Math.log10(max) + air)]
}
