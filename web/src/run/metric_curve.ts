// Turns the columns that the server sends into a curve: over steps, or over time where all steps are the same.
import type { Curve, MetricSummary } from '../api/types'
import type { CurveData, CurveSummary } from '../charts/curve'
import { toNumber } from '../format/numbers'

export function metricCurve(curve: Curve): CurveData {
  const y = curve.value.map(toNumber)
  const first = curve.step[0]
  const stepsDiffer = curve.step.length < 2 || curve.step.some((step) => step !== first)
  const x = stepsDiffer ? curve.step : curve.elapsed_s
  const order = x.map((_, at) => at)
  // Points may arrive out of order; a curve is drawn in the order of x.
  order.sort((a, b) => (x[a] ?? 0) - (x[b] ?? 0) || a - b)
  return {
    name: curve.key,
    across: stepsDiffer ? 'step' : 'time',
    x: order.map((at) => x[at] ?? 0),
    y: order.map((at) => y[at] ?? Number.NaN),
  }
}

/** The statistics of all points, where the curve has only some of them. */
export function wholeSummary(metric: MetricSummary, drawn: CurveSummary): CurveSummary {
  return {
    count: metric.points,
    notFinite: drawn.notFinite,
    last: toNumber(metric.last),
    min: metric.min ?? undefined,
    max: metric.max ?? undefined,
  }
}
