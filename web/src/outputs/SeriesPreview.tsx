// The pictures of a series in a grid over their steps; the chosen one is shown large, and the arrow keys change it.
import { useState } from 'react'
import type { RunFile } from '../api/types'
import { useFormat } from '../format/format'
import { useText } from '../messages/catalogue'
import { Button } from '../parts/Button'
import { ShownFile } from './Preview'
import style from './Preview.module.css'
import type { StepSeries } from './step_series'

interface SeriesPreviewProps {
  series: StepSeries
  urlOf: (file: RunFile) => string
}

/** A browser that is asked for thousands of pictures at once shows none for long. */
const pictures_page = 60

export function SeriesPreview({ series, urlOf }: SeriesPreviewProps) {
  const text = useText()
  const format = useFormat()
  const { items, path } = series
  const [at, setAt] = useState(items.length - 1)
  const [count, setCount] = useState(pictures_page)
  const open = items[Math.min(at, items.length - 1)]
  return (
    <section className={style.preview} aria-label={text('run.output.preview', { path })}>
      <h3>{path}</h3>
      <div className={style.search}>
        <label className={style.step}>
          {text('output.step', { step: open === undefined ? '' : format.count(open.step) })}
          <input
            type="range"
            min={0}
            max={items.length - 1}
            value={Math.min(at, items.length - 1)}
            aria-valuetext={open && text('output.step', { step: format.count(open.step) })}
            onChange={(event) => setAt(event.target.valueAsNumber)}
          />
        </label>
        <span>{text('output.pictures', { count: items.length })}</span>
      </div>
      {open && <ShownFile key={open.file.digest + open.file.path} file={open.file} url={urlOf(open.file)} />}
      <ul className={style.steps}>
        {items.slice(0, count).map(({ step, file }, index) => (
          <li key={file.path}>
            <button type="button" aria-pressed={index === at} title={file.path} onClick={() => setAt(index)}>
              <img src={urlOf(file)} alt="" loading="lazy" decoding="async" />
              <span>{text('output.step', { step: format.count(step) })}</span>
            </button>
          </li>
        ))}
      </ul>
      {items.length > count && (
        <div className={style.pager}>
          <Button onClick={() => setCount(count + pictures_page)}>{text('word.more')}</Button>
        </div>
      )}
    </section>
  )
}
