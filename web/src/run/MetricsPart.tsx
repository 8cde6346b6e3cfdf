// All metrics of a run, as small charts side by side. Hundreds are no trouble: what is far from view is not drawn.
import { useState } from 'react'
import { useRunMetrics } from '../api/runs'
import type { RunDetail } from '../api/types'
import { useText } from '../messages/catalogue'
import inputStyle from '../parts/Input.module.css'
import { Empty, Placeholder, Problem } from '../parts/Notice'
import style from './ChartGrid.module.css'
import { MetricCurve } from './MetricCurve'

const filterFrom_metrics = 9

export function MetricsPart({ run, name }: { run: RunDetail; name: string }) {
  const text = useText()
  const { data, error, refetch } = useRunMetrics(name)
  const [wanted, setWanted] = useState('')
  if (error && !data) return <Problem error={error} onRetry={refetch} />
  if (data === undefined) return <Placeholder lines={6} />
  if (data.length === 0) return <Empty command="hven log metric loss=0.1 --step 3">{text('run.metrics.none')}</Empty>
  const shown = data.filter((metric) => metric.key.toLowerCase().includes(wanted.toLowerCase()))
  return (
    <>
      {data.length >= filterFrom_metrics && (
        <input
          className={`${inputStyle.input} ${style.filter}`}
          type="search"
          value={wanted}
          placeholder={text('run.metrics.filter')}
          aria-label={text('run.metrics.filter')}
          onChange={(event) => setWanted(event.target.value)}
        />
      )}
      <div className={style.grid}>
        {shown.map((metric) => (
          <MetricCurve key={metric.key} run={run} name={name} metric={metric} />
        ))}
      </div>
    </>
  )
}
