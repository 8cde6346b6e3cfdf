// The resources that a run used over time: cores, memory, disk, processes.
import { useMemo } from 'react'
import { useRunResources } from '../api/runs'
import type { ResourceCurves, RunDetail } from '../api/types'
import { CurveChart } from '../charts/CurveChart'
import { useRunToken } from '../charts/colour_choice'
import type { CurveData } from '../charts/curve'
import { useFormat } from '../format/format'
import { type Text, useText } from '../messages/catalogue'
import { Answer } from '../parts/Answer'
import { Empty } from '../parts/Notice'
import { hasEnded } from '../parts/run_state'
import style from './ChartGrid.module.css'
import { ratesOf } from './rates'

export function ResourcesPart({ run, name }: { run: RunDetail; name: string }) {
  const text = useText()
  return (
    <Answer asked={useRunResources(name)} lines={6}>
      {(used) =>
        used.elapsed_s.length === 0 ? (
          <Empty>{text(hasEnded(run.state) ? 'run.resources.none' : 'chart.empty')}</Empty>
        ) : (
          <ResourceGrid run={run} used={used} />
        )
      }
    </Answer>
  )
}

function ResourceGrid({ run, used }: { run: RunDetail; used: ResourceCurves }) {
  const text = useText()
  const format = useFormat()
  const tokenOf = useRunToken()
  const curves = useMemo(() => resourceCurves(used, text), [used, text])
  return (
    <div className={style.grid}>
      {curves.map(({ curve, kind }) => (
        <CurveChart
          key={curve.name}
          curve={curve}
          colourToken={tokenOf(run.id)}
          runHandle={run.handle}
          formatValue={
            kind === 'bytes' ? format.bytes : kind === 'rate' ? (value) => `${format.bytes(value)}/s` : undefined
          }
        />
      ))}
    </div>
  )
}

interface ResourceCurve {
  curve: CurveData
  kind: 'number' | 'bytes' | 'rate'
}

function resourceCurves(data: ResourceCurves, text: Text): ResourceCurve[] {
  const x = data.elapsed_s
  const over = (name: string, y: number[], unit?: string): CurveData => ({ name, unit, across: 'time', x, y })
  return [
    { curve: over(text('resource.cpu'), data.cores, text('resource.cores')), kind: 'number' },
    { curve: over(text('resource.memory'), data.memory_bytes), kind: 'bytes' },
    { curve: over(text('resource.read'), ratesOf(x, data.read_bytes)), kind: 'rate' },
    { curve: over(text('resource.write'), ratesOf(x, data.written_bytes)), kind: 'rate' },
    { curve: over(text('resource.procs'), data.processes), kind: 'number' },
  ]
}
