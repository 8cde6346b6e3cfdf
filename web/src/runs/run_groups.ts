// Runs of the list in groups of equal values of a column, with the mean and the range of numbers in each group.
import type { RunSummary } from '../api/types'
import type { Column } from './columns'

export interface NumberSummary {
  /** How many runs of the group have a finite number. */
  count: number
  mean: number
  min: number
  max: number
}

export interface RunGroup {
  /** The value as a text; empty for the runs without one. */
  value: string
  runs: RunSummary[]
  /** For each column of numbers, in order; undefined if no run of the group has one. */
  numbers: (NumberSummary | undefined)[]
}

/** The number in a cell: programs that pass parameters as texts write `0.01`. */
export function numberIn(column: Column, run: RunSummary): number | undefined {
  const value = column.value(run)
  if (value === '') return undefined
  const number = Number(value)
  return Number.isFinite(number) ? number : undefined
}

/** The columns that have a number in some run, and a text in none. */
export const numberColumns = (columns: readonly Column[], runs: readonly RunSummary[]): Column[] =>
  columns.filter((column) => {
    const values = runs.map((run) => column.value(run)).filter((value) => value !== '')
    return values.length > 0 && values.every((value) => typeof value === 'number' || !Number.isNaN(Number(value)))
  })

export function groupRuns(runs: readonly RunSummary[], by: Column, numbers: readonly Column[]): RunGroup[] {
  const found = new Map<string, RunSummary[]>()
  for (const run of runs) {
    const value = String(by.value(run))
    const group = found.get(value)
    if (group) group.push(run)
    else found.set(value, [run])
  }
  const groups = [...found].map(([value, members]) => ({
    value,
    runs: members,
    numbers: numbers.map((column) => summaryOf(members.map((run) => numberIn(column, run)))),
  }))
  return groups.sort((a, b) => byValue(a.value, b.value))
}

/** Numbers in their order, then texts in theirs; the runs without a value last. */
function byValue(a: string, b: string): number {
  if (a === '' || b === '') return Number(a === '') - Number(b === '')
  const [x, y] = [Number(a), Number(b)]
  if (Number.isNaN(x) || Number.isNaN(y)) return Number(Number.isNaN(x)) - Number(Number.isNaN(y)) || a.localeCompare(b)
  return x - y
}

function summaryOf(values: readonly (number | undefined)[]): NumberSummary | undefined {
  const known = values.filter((value) => value !== undefined)
  if (known.length === 0) return undefined
  let [sum, min, max] = [0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const value of known) {
    sum += value
    min = Math.min(min, value)
    max = Math.max(max, value)
  }
  return { count: known.length, mean: sum / known.length, min, max }
}

/** The condition for the runs of a group, or undefined if the filter has no words for it. */
export function groupCondition(by: Column, name: string | undefined, value: string): string | undefined {
  if (name === undefined) return undefined
  if (value === '') return /^(params|metrics|tags)\./.test(by.name) ? `${name} is missing` : undefined
  const isNumber = !Number.isNaN(Number(value))
  return `${name} == ${isNumber ? value : `'${value.replaceAll("'", "''")}'`}`
}
