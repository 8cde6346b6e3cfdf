// The plots of the relations between quantities of runs, as Vega-Lite specifications: a scatter plot, and parallel
// coordinates. Fields have fixed names, because Vega reads dots and brackets in a name as a path.
import { safeText } from '../format/safe_text'
import type { PlotSpec, Row } from '../plots/plot_spec'
import { distinctValues, finite, type Quantity } from './quantities'

/** Even steps of lightness that are seen on paper and at night. */
const ramp = { scheme: { name: 'viridis', extent: [0.08, 0.86] } }
/** More groups cannot be told apart by their colours. */
const groups_max = 8
/** Numbers that are so far apart lie on a log scale. */
const logRatio_min = 100

interface Runs {
  /** The names of the runs, in order. */
  names: readonly string[]
}

const title = (quantity: Quantity, isLog = false) => safeText(isLog ? `${quantity.name} (log)` : quantity.name)

/** Whether the colours of a quantity can be told apart: few values, or numbers, which get a ramp. */
export const canColour = (quantity: Quantity): boolean =>
  quantity.isNumber || distinctValues(quantity).length <= groups_max

function colourOf(quantity: Quantity | undefined): PlotSpec {
  if (quantity === undefined) return {}
  const isRamp = quantity.isNumber && distinctValues(quantity).length > groups_max
  return {
    color: isRamp
      ? { field: 'c', title: title(quantity), type: 'quantitative', scale: ramp }
      : { field: 'c', title: title(quantity), type: 'nominal', sort: null },
  }
}

interface Scatter extends Runs {
  x: Quantity
  y: Quantity
  colour: Quantity | undefined
  runWord: string
  description: string
}

/** The specification of a scatter plot, and how many runs it leaves out because they lack a value that can be drawn. */
export function scatterSpec({ names, x, y, colour, runWord, description }: Scatter): {
  spec: PlotSpec
  leftOut: number
} {
  const place = (quantity: Quantity, at: number) => {
    const value = quantity.values[at]
    return quantity.isNumber ? finite(value) : value === undefined ? undefined : safeText(String(value))
  }
  const rows = names.flatMap((name, at): Row[] => {
    const [across, up] = [place(x, at), place(y, at)]
    if (across === undefined || up === undefined) return []
    const row: Row = { run: safeText(name), x: across, y: up }
    if (colour) row.c = place(colour, at) ?? null
    return [row]
  })
  const axis = (quantity: Quantity) => ({
    title: title(quantity),
    ...(quantity.isNumber ? { type: 'quantitative', scale: { zero: false } } : { type: 'nominal' }),
  })
  const told = (field: string, quantity: Quantity) => ({
    field,
    title: title(quantity),
    ...(quantity.isNumber ? { type: 'quantitative', format: '.6~g' } : { type: 'nominal' }),
  })
  const encoding = {
    x: { field: 'x', ...axis(x) },
    y: { field: 'y', ...axis(y) },
    ...colourOf(colour),
    tooltip: [
      { field: 'run', title: runWord, type: 'nominal' },
      told('x', x),
      told('y', y),
      ...(colour ? [told('c', colour)] : []),
    ],
  }
  return {
    spec: { description: safeText(description), data: { values: rows }, mark: { type: 'point', size: 70 }, encoding },
    leftOut: names.length - rows.length,
  }
}

/** The place of each value on an axis from 0 to 1. */
export interface AxisPlaces {
  places: (number | undefined)[]
  /** Some values with their places, as labels of the axis. */
  labels: { text: string; place: number }[]
  isLog: boolean
}

const labels_max = 10

export function axisPlaces(quantity: Quantity, write: (value: number) => string): AxisPlaces {
  const { values, isNumber } = quantity
  if (!isNumber) {
    const known = distinctValues(quantity).map(String)
    const place = (text: string) => (known.length === 1 ? 0.5 : known.indexOf(text) / (known.length - 1))
    const every = Math.ceil(known.length / labels_max)
    return {
      places: values.map((value) => (value === undefined ? undefined : place(String(value)))),
      labels: known.filter((_, at) => at % every === 0).map((text) => ({ text, place: place(text) })),
      isLog: false,
    }
  }
  const numbers = values.map(finite)
  const known = numbers.filter((value) => value !== undefined)
  const low = Math.min(...known)
  const high = Math.max(...known)
  const isLog = low > 0 && high / low >= logRatio_min
  const scale = isLog ? Math.log10 : (value: number) => value
  const place = (value: number) => (low === high ? 0.5 : (scale(value) - scale(low)) / (scale(high) - scale(low)))
  const ends = low === high ? [low] : [low, high]
  return {
    places: numbers.map((value) => (value === undefined ? undefined : place(value))),
    labels: known.length === 0 ? [] : ends.map((value) => ({ text: write(value), place: place(value) })),
    isLog,
  }
}

interface Parallel extends Runs {
  axes: readonly Quantity[]
  colour: Quantity | undefined
  runWord: string
  description: string
  write: (value: number) => string
}

const shownText = (value: Quantity['values'][number], write: (value: number) => string) =>
  value === undefined ? '–' : typeof value === 'number' ? write(value) : safeText(value)

/** Each run as a line through its values; the axes lie side by side. A line has a gap where its run lacks a value. */
export function parallelSpec({ names, axes, colour, runWord, description, write }: Parallel): PlotSpec {
  const placed = axes.map((axis) => axisPlaces(axis, write))
  const titles = axes.map((axis, at) => title(axis, placed[at]?.isLog))
  // Two axes may have one name: their place makes them different, and a zero-width space is not shown.
  const axisName = (at: number) => `${at}`
  const lines = names.flatMap((name, run) =>
    axes.map((axis, at): Row => {
      const row: Row = {
        run: safeText(name),
        axis: axisName(at),
        place: placed[at]?.places[run] ?? null,
        what: titles[at],
        value: shownText(axis.values[run], write),
      }
      if (colour) row.c = colour.isNumber ? (finite(colour.values[run]) ?? null) : (colour.values[run] ?? null)
      return row
    }),
  )
  const labels = placed.flatMap(({ labels }, at) =>
    labels.map(({ text, place }): Row => ({ axis: axisName(at), place, text: safeText(text) })),
  )
  const heads = titles.map((text, at): Row => ({ axis: axisName(at), place: 1.08, text }))
  const x = { field: 'axis', type: 'ordinal', sort: null, axis: null, scale: { type: 'point', padding: 0.5 } }
  const y = { field: 'place', type: 'quantitative', axis: null, scale: { domain: [-0.04, 1.12], nice: false } }
  return {
    description: safeText(description),
    layer: [
      {
        data: { values: titles.map((_, at): Row => ({ axis: axisName(at), from: 0, to: 1 })) },
        mark: { type: 'rule', tooltip: null },
        encoding: { x, y: { ...y, field: 'from' }, y2: { field: 'to' } },
      },
      {
        data: { values: lines },
        mark: { type: 'line', strokeWidth: 1.6, opacity: 0.75, invalid: 'break-paths-show-path-domains' },
        encoding: {
          x,
          y,
          detail: { field: 'run', type: 'nominal' },
          ...colourOf(colour),
          tooltip: [{ field: 'run', title: runWord, type: 'nominal' }],
        },
      },
      {
        data: { values: lines },
        mark: { type: 'point', size: 28 },
        encoding: {
          x,
          y,
          ...colourOf(colour),
          tooltip: [
            { field: 'run', title: runWord, type: 'nominal' },
            { field: 'what', title: ' ', type: 'nominal' },
            { field: 'value', title: '=', type: 'nominal' },
          ],
        },
      },
      {
        data: { values: labels },
        mark: { type: 'text', align: 'right', dx: -6, fontSize: 11, tooltip: null },
        encoding: { x, y, text: { field: 'text' } },
      },
      {
        data: { values: heads },
        mark: { type: 'text', fontWeight: 600, tooltip: null },
        encoding: { x, y, text: { field: 'text' } },
      },
    ],
  }
}
