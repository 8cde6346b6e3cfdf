// One metric of a run as a chart; its points are requested when the chart comes near the visible area.
import { useMemo } from 'react'
import { useCurve } from '../api/runs'
import type { MetricSummary, RunDetail } from '../api/types'
import { CurveChart, preloadPlot } from '../charts/CurveChart'
import { useRunToken } from '../charts/colour_choice'
import { summarise } from '../charts/curve'
import { useNearView } from '../charts/near_view'
import { Problem } from '../parts/Notice'
import { metricCurve, wholeSummary } from './metric_curve'

interface MetricCurveProps {
  run: RunDetail
  name: string
  metric: MetricSummary
  height?: number
}

/** The height of name, readout and padding around the plot, for the placeholder of a chart that is loading. */
const around_px = 68

export function MetricCurve({ run, name, metric, height = 190 }: MetricCurveProps) {
  const [near, host] = useNearView(preloadPlot)
  const tokenOf = useRunToken()
  const { data, error } = useCurve(name, metric.key, near)
  const curve = useMemo(() => data && metricCurve(data), [data])
  const summary = useMemo(() => curve && wholeSummary(metric, summarise(curve.y)), [curve, metric])
  return (
    <div ref={host} style={{ minHeight: height + around_px, minWidth: 0 }}>
      {error && !data && <Problem error={error} />}
      {curve && (
        <CurveChart
          curve={curve}
          summary={summary}
          height={height}
          colourToken={tokenOf(run.id)}
          runHandle={run.handle}
        />
      )}
    </div>
  )
}
