// The document of a comparison (`hven.comparison/1`), with the fields that this version knows.
import type { Reproduction } from '../api/types'

export type Level = 'same_bytes' | 'same_within' | 'nothing_to_compare' | 'differs' | 'cannot_rerun'

export interface Tolerance {
  relative?: number
  absolute?: number
}

/** A place in a file. `is` names the fields that are set. */
export interface Spot {
  is: string
  offset?: number
  column?: string
  row?: number
  pointer?: string
  line?: number
  word?: number
  path?: string
  attribute?: string | null
  x?: number
  y?: number
  name?: string
  key?: string
}

export interface Place {
  spot: Spot
  before: string | null
  after: string | null
  difference?: { absolute: number | string; relative: number | string }
}

export interface Likeness {
  is: string
  tolerance?: Tolerance
  largest?: Place | null
  count?: number
  places?: Place[]
}

export interface FileComparison {
  path: string
  compared_as: string
  likeness: Likeness
  notes?: string[]
}

export interface MetricComparison {
  key: string
  likeness: Likeness
}

const levels: Level[] = ['same_bytes', 'same_within', 'nothing_to_compare', 'differs', 'cannot_rerun']

/** A word that this version does not know counts as different. */
export const levelOf = (word: string): Level => levels.find((level) => level === word) ?? 'differs'

/** The files, the worst first, otherwise in the order of their paths; undefined without a comparison. */
export function filesOf(comparison: unknown): FileComparison[] | undefined {
  const files = (comparison as { files?: FileComparison[] } | null)?.files
  if (!Array.isArray(files)) return undefined
  const rank = ({ likeness }: FileComparison) => -levels.indexOf(levelOf(likeness.is))
  return [...files].sort((left, right) => rank(left) - rank(right))
}

export const metricsOf = (metrics: unknown): MetricComparison[] => (Array.isArray(metrics) ? metrics : [])

/** All reported places: those that differ, or the largest difference within the tolerance. */
export const placesOf = ({ places, largest }: Likeness): Place[] => places ?? (largest ? [largest] : [])

/** The name of a reproduction in the address: the run that did it, otherwise the time at which it was refused. */
export const reproductionName = ({ again, judged }: Pick<Reproduction, 'again' | 'judged'>): string =>
  again?.handle || judged
