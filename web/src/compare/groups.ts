// Runs in groups of equal values of a parameter, such as the seeds of one learning rate.
import { distinctValues, type Quantity } from './quantities'

export interface RunGroup {
  /** The value as a text; it names the group in the address. */
  id: string
  /** The value, or undefined for the runs without one. */
  value: number | string | undefined
  /** The places of its runs. */
  runs: number[]
}

/** The groups in the order of the values; runs without a value are the last group. */
export function groupsOf(quantity: Quantity): RunGroup[] {
  const places = (wanted: number | string | undefined) =>
    quantity.values.flatMap((value, at) => (value === wanted ? [at] : []))
  const known = distinctValues(quantity).map((value) => ({ id: String(value), value, runs: places(value) }))
  const without = places(undefined)
  return without.length === 0 ? known : [...known, { id: '', value: undefined, runs: without }]
}

/** The token of the colour of the group at a place. */
export const groupToken = (at: number): string => `--series-${([0, 4, 2, 3, 6, 5, 1, 7][at % 8] ?? 0) + 1}`

/** Parameters that have equal values in several runs and differ in others; those with the fewest values first. */
export function canGroup(quantities: readonly Quantity[]): Quantity[] {
  const counted = quantities
    .filter(({ of }) => of === 'parameter')
    .map((quantity) => ({ quantity, count: distinctValues(quantity).length }))
    .filter(({ quantity, count }) => count > 0 && count < quantity.values.length)
  return counted.sort((a, b) => a.count - b.count).map(({ quantity }) => quantity)
}
