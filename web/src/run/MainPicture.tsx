// The main picture of a run: its plot, its curves, and its single values as numbers.
import { Link } from '@tanstack/react-router'
import { outputUrl, useRunFiles, useRunMetrics } from '../api/runs'
import type { MetricSummary, RunDetail, RunFile } from '../api/types'
import { useFormat } from '../format/format'
import { toNumber } from '../format/numbers'
import { useText } from '../messages/catalogue'
import { previewKind } from '../outputs/preview_kind'
import { Placeholder } from '../parts/Notice'
import style from './MainPicture.module.css'
import { MetricCurve } from './MetricCurve'

const pictures_max = 2
const figures_max = 8

export function MainPicture({ run, name }: { run: RunDetail; name: string }) {
  const text = useText()
  const metrics = useRunMetrics(name).data
  const hasOutputs = run.output_files.length > 0
  const files = useRunFiles(name)
  if (metrics === undefined || (hasOutputs && files.data === undefined && !files.error)) {
    return <Placeholder lines={6} />
  }
  const images = (files.data?.outputs ?? []).filter((file) => previewKind(file) === 'image').slice(0, pictures_max)
  const curves = metrics.filter((metric) => metric.points > 1)
  const shownCurves = curves.slice(0, Math.max(images.length === 0 ? pictures_max : 1, pictures_max - images.length))
  const figures = metrics.filter((metric) => metric.points === 1).slice(0, figures_max)
  if (images.length + shownCurves.length + figures.length === 0) return null
  return (
    <section aria-label={text('run.picture')} className={style.main}>
      <h2 className="visually-hidden">{text('run.picture')}</h2>
      {figures.length > 0 && <Figures metrics={figures} />}
      <div className={style.pictures} data-count={images.length + shownCurves.length}>
        {images.map((file) => (
          <Picture key={file.path} run={name} file={file} />
        ))}
        {shownCurves.map((metric) => (
          <MetricCurve key={metric.key} run={run} name={name} metric={metric} height={250} />
        ))}
      </div>
      {curves.length > shownCurves.length && (
        <Link to="/r/$run" params={{ run: name }} search={{ tab: 'metrics' }} className={style.more}>
          {text('run.picture.more', { count: metrics.length })}
        </Link>
      )}
    </section>
  )
}

/** Metrics with one value each: shown as a number, not as a curve. */
function Figures({ metrics }: { metrics: MetricSummary[] }) {
  const format = useFormat()
  return (
    <dl className={style.figures}>
      {metrics.map((metric) => (
        <div key={metric.key}>
          <dt title={metric.key}>{metric.key}</dt>
          <dd title={String(metric.last)}>{format.value(toNumber(metric.last))}</dd>
        </div>
      ))}
    </dl>
  )
}

function Picture({ run, file }: { run: string; file: RunFile }) {
  return (
    <figure className={style.picture}>
      <Link to="/r/$run" params={{ run }} search={{ tab: 'outputs', file: file.path }}>
        <img src={outputUrl(run, file.path)} alt={file.path} data-testid="main-picture" />
      </Link>
      <figcaption>{file.path}</figcaption>
    </figure>
  )
}
