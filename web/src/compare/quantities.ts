// The quantities of compared runs: each parameter, the last value of each metric, and the durations. They are the axes of
// plots, and group curves.
import type { ComparedRuns } from '../api/comparison'
import { toNumber, type WireNumber } from '../format/numbers'
import { plainValue } from '../format/plain_value'

export type QuantityValue = number | string | undefined

export interface Quantity {
  /** As an expression names it: `params.lr`, `metrics.loss`, `wall_s`. */
  key: string
  of: 'parameter' | 'metric' | 'field'
  /** The name without the prefix. */
  name: string
  /** For each run, in the order of the runs; undefined for a run without it. */
  values: QuantityValue[]
  /** Whether all values are numbers. */
  isNumber: boolean
}

export function quantitiesOf(compared: ComparedRuns): Quantity[] {
  const params = compared.params.rows.map(({ name, values, missing }) =>
    quantity(
      'parameter',
      `params.${name}`,
      name,
      values.map((value, at) => (missing.includes(at) ? undefined : value)),
    ),
  )
  const metrics = compared.metrics.map(({ name, last }) =>
    quantity(
      'metric',
      `metrics.${name}`,
      name,
      last.map((value) => (value === null ? undefined : toNumber(value as WireNumber))),
    ),
  )
  const fields = (['wall_s', 'cpu_s', 'memory_max_bytes'] as const).map((name) =>
    quantity(
      'field',
      name,
      name,
      compared.runs.map((run) => run[name] ?? undefined),
    ),
  )
  return [...params, ...metrics, ...fields.filter(({ values }) => values.some((value) => value !== undefined))]
}

function quantity(of: Quantity['of'], key: string, name: string, values: unknown[]): Quantity {
  const known = values.filter((value) => value !== undefined)
  const numbers = values.map(numberOf)
  const isNumber = known.length > 0 && values.every((value, at) => value === undefined || numbers[at] !== undefined)
  return {
    key,
    of,
    name,
    isNumber,
    values: isNumber ? numbers : values.map((value) => (value === undefined ? undefined : plainValue(value))),
  }
}

/** A number, or a text that reads whole as one: programs that pass parameters as texts write `0.01`. */
function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value
  if (typeof value !== 'string' || !/^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(value)) return undefined
  return Number(value)
}

/** Numbers that can be drawn: NaN and infinities are no place on an axis. */
export const finite = (value: QuantityValue): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined

/** The different values, in the order of numbers, otherwise of the runs. */
export function distinctValues({ values, isNumber }: Quantity): (number | string)[] {
  const found = [...new Set(values.filter((value) => value !== undefined))]
  return isNumber ? found.sort((a, b) => Number(a) - Number(b)) : found
}

/** Quantities with at least two different values: the others tell runs not apart. */
export const varying = (quantities: readonly Quantity[]): Quantity[] =>
  quantities.filter((each) => distinctValues(each).length > 1)
