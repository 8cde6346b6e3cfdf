// The plot of a metric over a parameter: which parameter and colours are shown first, and the specification.
import type { ArrayPoint } from '../api/arrays'
import { toNumber } from '../format/numbers'
import { plainValue } from '../format/plain_value'
import { safeText } from '../format/safe_text'
import type { PlotSpec, Row } from '../plots/plot_spec'

/** The word of the address for the number of the task; no parameter has a name with a space in it. */
export const taskNumber = 'task number'

/** More groups cannot be told apart by their colours. */
const groups_max = 8

const valuesOf = (points: readonly ArrayPoint[], name: string) => points.map(({ values }) => values[name])
const distinct = (values: readonly unknown[]) => new Set(values.map((value) => JSON.stringify(value))).size
const areNumbers = (values: readonly unknown[]) => values.every((value) => typeof value === 'number')

/** The parameter with the most different numbers; without numbers, the one with the most different values. */
export function defaultParameter(points: readonly ArrayPoint[], names: readonly string[]): string {
  const ranked = names.map((name) => {
    const values = valuesOf(points, name)
    return { name, isNumber: areNumbers(values), count: distinct(values) }
  })
  const [best] = ranked.sort((a, b) => Number(b.isNumber) - Number(a.isNumber) || b.count - a.count)
  return best === undefined || best.count < 2 ? (names[0] ?? taskNumber) : best.name
}

/** Whether the colours of a parameter can be told apart: few values, or numbers, which get a ramp. */
export function canColour(points: readonly ArrayPoint[], name: string): boolean {
  const values = valuesOf(points, name)
  const count = distinct(values)
  return count > 1 && (count <= groups_max || areNumbers(values))
}

/** The first parameter with few values. */
export const defaultColour = (points: readonly ArrayPoint[], names: readonly string[]): string | undefined =>
  names.find((name) => distinct(valuesOf(points, name)) <= groups_max)

interface Wanted {
  points: readonly ArrayPoint[]
  metric: string
  over: string
  colour: string | undefined
  units: Record<string, string>
  taskWord: string
  description: string
}

/** The specification, and how many points it leaves out because their values are not finite. */
export function pointSpec(wanted: Wanted): { spec: PlotSpec; notFinite: number } {
  const { points, metric, over, colour, units, taskWord, description } = wanted
  const isTask = over === taskNumber
  // Vega reads dots and brackets in the name of a field as a path, and names of a metric and a parameter may be equal.
  const [task = '', x = '', y = '', c = ''] = fieldNames([
    'task',
    isTask ? 'task_number' : over,
    metric,
    colour ?? 'colour',
  ])
  const drawn = points.filter(({ value }) => Number.isFinite(toNumber(value)))
  const isNumber = isTask || areNumbers(valuesOf(drawn, over))
  const groups = colour === undefined ? [] : valuesOf(drawn, colour)
  const isRamp = distinct(groups) > groups_max && areNumbers(groups)
  const written = (value: unknown) => safeText(plainValue(value ?? null))
  const rows = drawn.map((point): Row => {
    const row: Row = {
      [task]: point.task,
      [x]: isTask ? point.task : isNumber ? point.values[over] : written(point.values[over]),
      [y]: toNumber(point.value),
    }
    if (colour !== undefined) row[c] = isRamp ? point.values[colour] : written(point.values[colour])
    return row
  })
  const titled = (name: string) => safeText(units[name] ? `${name} (${units[name]})` : name)
  const xTitle = isTask ? taskWord : titled(over)
  const axis = isNumber ? { type: 'quantitative', scale: { zero: false } } : { type: 'nominal', sort: null }
  const encoding: PlotSpec = {
    x: { field: x, title: xTitle, ...axis },
    y: { field: y, title: titled(metric), type: 'quantitative', scale: { zero: false } },
    tooltip: [
      ...(isTask ? [] : [{ field: task, title: taskWord, type: 'quantitative' }]),
      { field: x, title: xTitle, type: isNumber ? 'quantitative' : 'nominal' },
      ...(colour === undefined ? [] : [{ field: c, title: titled(colour), type: isRamp ? 'quantitative' : 'nominal' }]),
      { field: y, title: titled(metric), type: 'quantitative', format: '.6~g' },
    ],
  }
  if (colour !== undefined) {
    const title = titled(colour)
    encoding.color = isRamp
      ? { field: c, title, type: 'quantitative' }
      : { field: c, title, type: 'nominal', sort: null }
  }
  return {
    spec: { description: safeText(description), data: { values: rows }, mark: { type: 'point' }, encoding },
    notFinite: points.length - drawn.length,
  }
}

/** Names of fields without characters that have a meaning for Vega, each once. */
export function fieldNames(names: readonly string[]): string[] {
  const found: string[] = []
  for (const name of names) {
    const plain = name.replace(/[^\p{L}\p{N}_-]+/gu, '_') || '_'
    let unique = plain
    for (let at = 2; found.includes(unique); at += 1) unique = `${plain}_${at}`
    found.push(unique)
  }
  return found
}
