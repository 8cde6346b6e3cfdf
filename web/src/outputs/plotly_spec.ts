// A figure of Plotly as a Vega-Lite specification: lines, points, bars and heat maps of numbers and texts. The library of
// Plotly is larger than all pages of Hven together, so traces without a counterpart are not drawn, and are named.
import { safeText } from '../format/safe_text'
import type { PlotSpec, Row } from '../plots/plot_spec'

export interface ReadPlotly {
  /** Undefined if no trace can be drawn. */
  spec: PlotSpec | undefined
  /** The kinds of traces that are not drawn. */
  leftOut: string[]
}

type Json = Record<string, unknown>
type Cell = number | string

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

export function plotlySpec(figure: Json): ReadPlotly {
  const traces = Array.isArray(figure.data) ? figure.data.filter(isObject) : []
  const layout = isObject(figure.layout) ? figure.layout : {}
  const layers: PlotSpec[] = []
  const leftOut = new Set<string>()
  const named = traces.length > 1
  traces.forEach((trace, at) => {
    const made = layersOf(trace, named ? (words(trace.name) ?? `${at + 1}`) : undefined)
    if (made === undefined) leftOut.add(words(trace.type) ?? 'scatter')
    else layers.push(...made)
  })
  if (layers.length === 0) return { spec: undefined, leftOut: [...leftOut] }
  const shared = {
    x: axisOf(layout.xaxis),
    y: axisOf(layout.yaxis),
  }
  const spec: PlotSpec = {
    layer: layers.map((layer) => {
      const encoding = layer.encoding as Json
      return {
        ...layer,
        encoding: {
          ...encoding,
          x: { ...(encoding.x as Json), ...shared.x },
          y: { ...(encoding.y as Json), ...shared.y },
        },
      }
    }),
  }
  const title = words(isObject(layout.title) ? layout.title.text : layout.title)
  if (title) spec.title = safeText(title)
  return { spec, leftOut: [...leftOut] }
}

const words = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)

function axisOf(axis: unknown): Json {
  if (!isObject(axis)) return { title: null }
  const title = words(isObject(axis.title) ? axis.title.text : axis.title)
  return {
    title: title === undefined ? null : safeText(title),
    ...(axis.type === 'log' && { scale: { type: 'log' } }),
  }
}

function layersOf(trace: Json, name: string | undefined): PlotSpec[] | undefined {
  const kind = words(trace.type) ?? 'scatter'
  if (kind === 'heatmap') return heatmap(trace)
  if (kind !== 'scatter' && kind !== 'scattergl' && kind !== 'bar') return undefined
  const y = numbersOf(trace.y)
  const x = numbersOf(trace.x) ?? y?.map((_, at) => at)
  if (x === undefined || y === undefined || x.length === 0) return undefined
  const rows = x
    .slice(0, y.length)
    .map((across, at): Row => ({ x: across, y: y[at], at, ...(name && { name: safeText(name) }) }))
  const encoding: Json = {
    x: { field: 'x', ...typeOf(x) },
    y: { field: 'y', ...typeOf(y) },
    ...(name && { color: { field: 'name', type: 'nominal', title: null, sort: null } }),
  }
  const data = { values: rows }
  if (kind === 'bar') return [{ data, mark: { type: 'bar' }, encoding }]
  // Without a mode Plotly marks the points of short traces.
  const mode = words(trace.mode) ?? (rows.length < 20 ? 'lines+markers' : 'lines')
  const layers: PlotSpec[] = []
  if (mode.includes('lines'))
    layers.push({ data, mark: { type: 'line' }, encoding: { ...encoding, order: { field: 'at' } } })
  if (mode.includes('markers')) layers.push({ data, mark: { type: 'point' }, encoding })
  return layers.length === 0 ? undefined : layers
}

function heatmap(trace: Json): PlotSpec[] | undefined {
  const z = Array.isArray(trace.z) ? trace.z.map(numbersOf) : undefined
  if (z === undefined || z.length === 0 || z.some((row) => row === undefined)) return undefined
  const x = numbersOf(trace.x)
  const y = numbersOf(trace.y)
  const rows = z.flatMap((row, down) =>
    (row ?? []).map((value, across): Row => ({ x: x?.[across] ?? across, y: y?.[down] ?? down, z: value })),
  )
  const encoding = {
    x: { field: 'x', type: 'ordinal' },
    y: { field: 'y', type: 'ordinal' },
    color: { field: 'z', type: 'quantitative', title: null, scale: { scheme: 'viridis' } },
  }
  return [{ data: { values: rows }, mark: { type: 'rect' }, encoding }]
}

const typeOf = (values: readonly (Cell | null)[]): Json =>
  values.every((value) => value === null || typeof value === 'number')
    ? { type: 'quantitative', scale: { zero: false } }
    : values.every((value) => value === null || isDate(value))
      ? { type: 'temporal' }
      : { type: 'nominal', sort: null }

const isDate = (value: Cell): boolean => typeof value === 'string' && /^\d{4}-\d{2}(-\d{2}([T ]|$)|$)/.test(value)

/** A column of a trace: a list, or numbers as bytes in base64, as newer versions of Plotly write them. */
function numbersOf(column: unknown): (Cell | null)[] | undefined {
  if (Array.isArray(column)) {
    const isPlain = column.every((value) => value === null || typeof value === 'number' || typeof value === 'string')
    return isPlain ? (column as (Cell | null)[]) : undefined
  }
  if (!isObject(column)) return undefined
  const bytes = words(column.bdata)
  const read = readers[words(column.dtype) ?? '']
  if (bytes === undefined || read === undefined || column.shape !== undefined) return undefined
  try {
    const buffer = Uint8Array.from(atob(bytes), (char) => char.charCodeAt(0)).buffer
    return Array.from(read(buffer), (value) => (Number.isFinite(value) ? value : null))
  } catch {
    return undefined
  }
}

const readers: Record<string, (buffer: ArrayBuffer) => Iterable<number>> = {
  f8: (buffer) => new Float64Array(buffer),
  f4: (buffer) => new Float32Array(buffer),
  i4: (buffer) => new Int32Array(buffer),
  i2: (buffer) => new Int16Array(buffer),
  i1: (buffer) => new Int8Array(buffer),
  u4: (buffer) => new Uint32Array(buffer),
  u2: (buffer) => new Uint16Array(buffer),
  u1: (buffer) => new Uint8Array(buffer),
}
