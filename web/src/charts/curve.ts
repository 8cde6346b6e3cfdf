// A curve for the charts: its name, its unit, and its points in order of x.

export interface CurveData {
  name: string
  unit?: string
  /** The quantity on the x axis. */
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

/** The title of the value axis: name and unit, if there is room next to a small chart. */
export function valueLabel({ name, unit }: CurveData): string {
  const short = name.length > labelCharacters_max ? `${name.slice(0, labelCharacters_max - 1)}…` : name
  return unit ? `${short} (${unit})` : short
}

const labelCharacters_max = 24

/** Whether the least and greatest value say more than the last one. */
export const hasRange = ({ count, min, max }: CurveSummary): boolean =>
  count > 1 && min !== undefined && max !== undefined && min !== max

/**
 * The axis from `min` to `max` with some space; a single value gets space on both sides, so that its point is visible.
 */
export function paddedRange(min: number, max: number): [number, number] {
  if (min === max) {
    const room = min === 0 ? 1 : Math.abs(min) * 0.1
    return [min - room, max + room]
  }
  const air = (max - min) * 0.05
  return [min - air, max + air]
}

/** The x axis around a single point. An axis of steps has no ticks between steps, so it names only this step. */
export const rangeAround = (only: number, across: CurveData['across']): [number, number] =>
  across === 'step' ? [only - 0.5, only + 0.5] : paddedRange(only, only)

/** The axis on a log scale with some space; a single value gets a factor of ten on both sides. */
export function paddedLogRange(min: number, max: number): [number, number] {
  if (min === max) return [min / 10, max * 10]
  const air = (Math.log10(max) - Math.log10(min)) * 0.05
  return [10 ** (Math.log10(min) - air), 10 ** (Math.log10(max) + air)]
}
