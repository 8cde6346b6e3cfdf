// The quantities that a test names, each with the bounds of its interval where they are known.
import type { Judgement } from '../api/types'

type Value = Judgement['quantities'][string]

export interface Quantity {
  name: string
  value: Value
  low?: Value
  high?: Value
}

/** Bounds are quantities themselves, `NAME.low` and `NAME.high`: they are shown next to the quantity `NAME`. */
export function quantitiesOf(values: Record<string, Value>): Quantity[] {
  const names = Object.keys(values)
  const isBound = (name: string) => /\.(low|high)$/.test(name) && name.replace(/\.(low|high)$/, '') in values
  return names
    .filter((name) => !isBound(name))
    .sort()
    .map((name) => ({
      name,
      value: values[name] as Value,
      low: values[`${name}.low`],
      high: values[`${name}.high`],
    }))
}
