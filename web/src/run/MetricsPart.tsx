// All metrics of a run, as small charts side by side. Charts far from the visible area are not drawn, so there may be
// hundreds.
import { useState } from 'react'
import { useRunMetrics } from '../api/runs'
import type { MetricSummary, RunDetail } from '../api/types'
import { useText } from '../messages/catalogue'
import { Answer } from '../parts/Answer'
import inputStyle from '../parts/Input.module.css'
import { Empty } from '../parts/Notice'
import style from './ChartGrid.module.css'
import { EarlierAttemptsPart } from './EarlierAttemptsPart'
import { MetricCurve } from './MetricCurve'

const filterFrom_metrics = 9

export function MetricsPart({ run, name }: { run: RunDetail; name: string }) {
  const text = useText()
  return (
    <>
      <Answer asked={useRunMetrics(name)} lines={6}>
        {(metrics) =>
          metrics.length === 0 ? (
            <Empty command="hven log metric loss=0.1 --step 3">{text('run.metrics.none')}</Empty>
          ) : (
            <MetricGrid run={run} name={name} metrics={metrics} />
          )
        }
      </Answer>
      <EarlierAttemptsPart run={run} />
    </>
  )
}

function MetricGrid({ run, name, metrics }: { run: RunDetail; name: string; metrics: MetricSummary[] }) {
  const text = useText()
  const [wanted, setWanted] = useState('')
  const shown = metrics.filter((metric) => metric.key.toLowerCase().includes(wanted.toLowerCase()))
  return (
    <>
      {metrics.length >= filterFrom_metrics && (
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
