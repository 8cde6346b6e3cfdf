// A plot is a Vega-Lite specification that is recorded with the run that made it, including its data. This module reads
// a specification without drawing it: its data, the axes that can be logarithmic, the text for screen readers.

export type PlotSpec = Record<string, unknown>
export type Row = Record<string, unknown>
export type Channel = 'x' | 'y'

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const parts = ['layer', 'hconcat', 'vconcat', 'concat'] as const

/** A specification and all nested ones, outermost first. */
function* unitsOf(spec: PlotSpec): Generator<PlotSpec> {
  yield spec
  for (const part of parts) {
    const inner = spec[part]
    if (Array.isArray(inner)) for (const each of inner) if (isObject(each)) yield* unitsOf(each)
  }
  if (isObject(spec.spec)) yield* unitsOf(spec.spec)
}

/** Changes the nested specifications in place: the specification is already a copy. */
function eachWithin(copy: PlotSpec, change: (inner: PlotSpec) => PlotSpec): PlotSpec {
  for (const part of parts) {
    const inner = copy[part]
    if (Array.isArray(inner)) copy[part] = inner.map((each) => (isObject(each) ? change(each) : each))
  }
  if (isObject(copy.spec)) copy.spec = change(copy.spec)
  return copy
}

/** A plot with one picture takes the full width; pictures side by side keep their own widths. */
export const isOnePicture = (spec: PlotSpec): boolean => 'mark' in spec || 'layer' in spec

/** The rows of one data source; undefined when the specification does not contain them. */
function rowsOf(data: unknown, spec: PlotSpec): Row[] | undefined {
  if (!isObject(data)) return undefined
  const named = isObject(spec.datasets) && typeof data.name === 'string' ? spec.datasets[data.name] : undefined
  const values = data.values ?? named
  return Array.isArray(values) ? values.filter(isObject) : undefined
}

/** The rows of all sources in the specification, in order, each source once. */
export function dataOf(spec: PlotSpec): Row[][] {
  const sources = [...unitsOf(spec)].map((unit) => rowsOf(unit.data, spec)).filter((rows) => rows !== undefined)
  return [...new Set(sources)].filter((rows) => rows.length > 0)
}

/** The rows of all sources as one table, with a column for each name in any of them. */
export function columnsOf(sources: Row[][]): (string | number)[][] {
  const rows = sources.flat()
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  const cell = (value: unknown) => {
    if (typeof value === 'number' || typeof value === 'string') return value
    return value == null ? '' : JSON.stringify(value)
  }
  return [names, ...rows.map((row) => names.map((name) => cell(row[name])))]
}

interface Encoded {
  field?: unknown
  type?: unknown
  scale?: unknown
}

/** The field definitions that the units draw along a channel, each with its rows. */
function encodedAlong(spec: PlotSpec, channel: Channel): { definition: Encoded; rows: Row[] }[] {
  const found: { definition: Encoded; rows: Row[] }[] = []
  const inherited = rowsOf(spec.data, spec) ?? []
  for (const unit of unitsOf(spec)) {
    const rows = rowsOf(unit.data, spec) ?? inherited
    for (const name of [channel, `${channel}2`]) {
      const definition = isObject(unit.encoding) ? unit.encoding[name] : undefined
      if (isObject(definition)) found.push({ definition, rows })
    }
  }
  return found
}

export const isLog = (spec: PlotSpec, channel: Channel): boolean =>
  encodedAlong(spec, channel).some(({ definition }) => isObject(definition.scale) && definition.scale.type === 'log')

/** Whether all values along the channel are positive numbers, so that a log scale hides none. */
export function canBeLog(spec: PlotSpec, channel: Channel): boolean {
  const along = encodedAlong(spec, channel)
  const fields = along.filter(({ definition }) => typeof definition.field === 'string')
  if (fields.length === 0) return false
  return fields.every(({ definition, rows }) => {
    if (definition.type !== undefined && definition.type !== 'quantitative') return false
    const values = rows.map((row) => row[definition.field as string]).filter((value) => value != null)
    return values.length > 0 && values.every((value) => typeof value === 'number' && value > 0)
  })
}

/** The same plot with a logarithmic or linear scale on that channel. */
export function withScale(spec: PlotSpec, channel: Channel, log: boolean): PlotSpec {
  if (isLog(spec, channel) === log) return spec
  const changed: PlotSpec = { ...spec }
  if (isObject(spec.encoding)) {
    const encoding = { ...spec.encoding }
    const definition = encoding[channel]
    if (isObject(definition)) {
      const scale = isObject(definition.scale) ? definition.scale : {}
      const { type: _, ...others } = scale
      // A log scale has no zero; a linear scale shows the range of the data, without the distance to zero.
      encoding[channel] = {
        ...definition,
        scale: log ? { ...others, type: 'log', zero: false } : { ...others, zero: false },
      }
    }
    changed.encoding = encoding
  }
  return eachWithin(changed, (inner) => withScale(inner, channel, log))
}

/** Powers of ten; ticks between them get no grid line. */
const isDecade = 'abs(log(datum.value) / LN10 - round(log(datum.value) / LN10)) < 1e-9'

/** The same plot with grid lines only at powers of ten on each logarithmic axis. */
export function withDecades(spec: PlotSpec): PlotSpec {
  const changed: PlotSpec = { ...spec }
  if (isObject(spec.encoding)) {
    const encoding = { ...spec.encoding }
    for (const channel of ['x', 'y']) {
      const definition = encoding[channel]
      if (!isObject(definition) || !isObject(definition.scale) || definition.scale.type !== 'log') continue
      if (definition.axis === null) continue
      const axis = isObject(definition.axis) ? definition.axis : {}
      const lines = { gridOpacity: { condition: { test: isDecade, value: 1 }, value: 0 } }
      encoding[channel] = { ...definition, axis: { ...lines, ...axis } }
    }
    changed.encoding = encoding
  }
  return eachWithin(changed, withDecades)
}

/** Marks that are points of data; a line between points may take any value. */
const isDrawnLine = (mark: unknown): boolean =>
  ['line', 'area', 'rule', 'trail'].includes(isObject(mark) ? String(mark.type) : String(mark))

/** Whether the channel shows counts or years, which have no values between two whole numbers. */
function isWhole(spec: PlotSpec, channel: Channel): boolean {
  const inherited = rowsOf(spec.data, spec) ?? []
  const values = { points: [] as unknown[], lines: [] as unknown[] }
  for (const unit of unitsOf(spec)) {
    const definition = isObject(unit.encoding) ? unit.encoding[channel] : undefined
    if (!isObject(definition) || typeof definition.field !== 'string') continue
    const { field } = definition
    const rows = rowsOf(unit.data, spec) ?? inherited
    values[isDrawnLine(unit.mark) ? 'lines' : 'points'].push(...rows.map((row) => row[field]))
  }
  const used = (values.points.length > 0 ? values.points : values.lines).filter((value) => value != null)
  return used.length > 0 && used.every(Number.isInteger)
}

/** The same plot without ticks between whole numbers, on channels where all values are whole. */
export function withWholeTicks(spec: PlotSpec): PlotSpec {
  const whole = (['x', 'y'] as const).filter((channel) => isWhole(spec, channel) && !isLog(spec, channel))
  return whole.length === 0 ? spec : withTickStep(spec, whole)
}

function withTickStep(spec: PlotSpec, channels: readonly Channel[]): PlotSpec {
  const changed: PlotSpec = { ...spec }
  if (isObject(spec.encoding)) {
    const encoding = { ...spec.encoding }
    for (const channel of channels) {
      const definition = encoding[channel]
      if (!isObject(definition) || definition.type !== 'quantitative' || definition.axis === null) continue
      const axis = isObject(definition.axis) ? definition.axis : {}
      encoding[channel] = { ...definition, axis: { tickMinStep: 1, ...axis } }
    }
    changed.encoding = encoding
  }
  return eachWithin(changed, (inner) => withTickStep(inner, channels))
}

/** The same plot with a colour for each shape, because small shapes are hard to tell apart. */
export function withColouredShapes(spec: PlotSpec): PlotSpec {
  const changed: PlotSpec = { ...spec }
  if (isObject(spec.encoding)) {
    const { shape } = spec.encoding
    const coloured = ['color', 'fill', 'stroke'].some((channel) => channel in (spec.encoding as object))
    if (isObject(shape) && typeof shape.field === 'string' && shape.legend !== null && !coloured) {
      const { scale, ...same } = shape
      // A range of shapes is not a range of colours; the order of the groups is the same.
      const domain = isObject(scale) && 'domain' in scale ? { scale: { domain: scale.domain } } : {}
      changed.encoding = { ...spec.encoding, color: { ...same, ...domain } }
    }
  }
  return eachWithin(changed, withColouredShapes)
}

/** The same plot without legends that have only one entry. */
export function withoutLoneLegends(spec: PlotSpec, inherited: Row[] = []): PlotSpec {
  const rows = rowsOf(spec.data, spec) ?? inherited
  const changed: PlotSpec = { ...spec }
  if (isObject(spec.encoding)) {
    const encoding = { ...spec.encoding }
    for (const channel of ['shape', 'color', 'stroke', 'fill']) {
      const definition = encoding[channel]
      if (!isObject(definition) || typeof definition.field !== 'string') continue
      const { field } = definition
      if (new Set(rows.map((row) => row[field])).size <= 1) encoding[channel] = { ...definition, legend: null }
    }
    changed.encoding = encoding
  }
  return eachWithin(changed, (inner) => withoutLoneLegends(inner, rows))
}

/** A specification with all changes of the pages. */
export const asDrawn = (spec: PlotSpec): PlotSpec =>
  withoutLoneLegends(withColouredShapes(withWholeTicks(withDecades(spec))))

/** The description in the specification, for the caption and for screen readers. */
export function titleOf(spec: PlotSpec): string | undefined {
  if (typeof spec.title === 'string') return spec.title
  const text = isObject(spec.title) ? spec.title.text : undefined
  return typeof text === 'string' ? text : Array.isArray(text) ? text.join(' ') : undefined
}

export const descriptionOf = (spec: PlotSpec): string | undefined =>
  typeof spec.description === 'string' ? spec.description : titleOf(spec)
