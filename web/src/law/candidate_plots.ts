// The recorded plots show the candidate that the search selected. For another candidate the page redraws them from
// their data: the front with another mark, and, with one input, the law over the data and its residuals.
import type { PlotSpec, Row } from '../plots/plot_spec'
import { evaluate, type Tree } from './expression'
import type { Candidate } from './law_document'

type Layer = PlotSpec & { data?: { values?: Row[] } }

/** The front with that candidate marked. */
export function frontWith(spec: PlotSpec, chosen: string): PlotSpec {
  const values = valuesOf(spec)
  if (values === undefined) return spec
  return { ...spec, data: { values: values.map((row) => ({ ...row, chosen: row.id === chosen })) } }
}

/** The fit with that candidate's line; undefined where the plot has more than one input. */
export function fitWith(spec: PlotSpec, candidate: Candidate): PlotSpec | undefined {
  const layers = layersOverX(spec)
  if (layers === undefined) return undefined
  const [line, ...points] = layers
  const drawn = (valuesOf(line) ?? [])
    .map((row) => ({ x: row.x, y: valueAt(candidate.tree, row.x) }))
    .filter(({ y }) => Number.isFinite(y))
  return { ...spec, layer: [{ ...line, data: { values: drawn } }, ...points] }
}

/** The residuals of that candidate, from the points of the fit; undefined where the points lack the input. */
export function residualsWith(spec: PlotSpec, fit: PlotSpec, candidate: Candidate): PlotSpec | undefined {
  const points = layersOverX(fit)?.at(-1)
  const observed = points && valuesOf(points)
  if (observed === undefined) return undefined
  const rows = observed
    .map(({ x, y, rows: part }) => {
      const predicted = valueAt(candidate.tree, x)
      return { predicted, residual: Number(y) - predicted, rows: part }
    })
    .filter(({ residual }) => Number.isFinite(residual))
  return withValues(spec, rows)
}

/** The line of a fit, with the common look of a law: its colour, too, differs from the data. */
export function withLawLine(spec: PlotSpec): PlotSpec {
  if (!Array.isArray(spec.layer)) return spec
  const layer = (spec.layer as PlotSpec[]).map((each) => {
    const mark = each.mark as { type?: string } | undefined
    return mark?.type === 'line' ? { ...each, mark: { ...mark, style: 'law' } } : each
  })
  return { ...spec, layer }
}

const valueAt = (tree: Tree, x: unknown): number => (typeof x === 'number' ? evaluate(tree, [x]) : Number.NaN)

function valuesOf(spec: PlotSpec | undefined): Row[] | undefined {
  const data = (spec as Layer | undefined)?.data
  return Array.isArray(data?.values) ? data.values : undefined
}

/** A line and points, both with x and y. */
function layersOverX(spec: PlotSpec): [PlotSpec, ...PlotSpec[]] | undefined {
  if (!Array.isArray(spec.layer) || spec.layer.length < 2) return undefined
  const layers = spec.layer as [PlotSpec, ...PlotSpec[]]
  return layers.every((layer) => valuesOf(layer)?.every((row) => 'x' in row && 'y' in row)) ? layers : undefined
}

/** The same plot with other rows: in its own data, or in the layer whose rows have residuals. */
function withValues(spec: PlotSpec, rows: Row[]): PlotSpec {
  if (valuesOf(spec)) return { ...spec, data: { values: rows } }
  if (!Array.isArray(spec.layer)) return spec
  const layer = (spec.layer as PlotSpec[]).map((each) =>
    valuesOf(each)?.some((row) => 'residual' in row && 'predicted' in row) ? { ...each, data: { values: rows } } : each,
  )
  return { ...spec, layer }
}
