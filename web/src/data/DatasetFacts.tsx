// The facts about a version of a dataset.
import { Link } from '@tanstack/react-router'
import { objectUrl } from '../api/runs'
import type { DatasetDetail } from '../api/types'
import { useFormat } from '../format/format'
import { useText } from '../messages/catalogue'
import { Copyable } from '../parts/Copyable'
import { Facts } from '../parts/Facts'
import style from '../parts/NounPage.module.css'
import { Time } from '../parts/Time'
import { type ImportReport, isObject, list } from './documents'

const shown = 10

interface DatasetFactsProps {
  dataset: DatasetDetail
  report: ImportReport | undefined
}

export function DatasetFacts({ dataset, report }: DatasetFactsProps) {
  const text = useText()
  const format = useFormat()
  const { source } = dataset
  const preamble = list<unknown>(report?.source.preamble).map(String)
  return (
    <aside className={style.facts} aria-label={text('run.facts')}>
      <h2>{text('run.facts')}</h2>
      <Facts
        lines={[
          { name: text('word.project'), value: dataset.project },
          { name: text('data.column.rows'), value: format.count(dataset.rows) },
          { name: text('data.column.columns'), value: format.count(dataset.columns) },
          {
            name: text('data.fact.table'),
            value: (
              <>
                {format.bytes(dataset.bytes)}{' '}
                <Copyable value={dataset.content.digest} shown={dataset.content.digest.slice(0, shown)} />
              </>
            ),
          },
          source && {
            name: text('data.fact.source'),
            value: (
              <>
                <a href={objectUrl(source.digest)} download={source.path.split('/').at(-1)}>
                  {source.path}
                </a>{' '}
                {format.bytes(source.size)}
              </>
            ),
          },
          source && {
            name: text('data.fact.digest'),
            value: <Copyable value={source.digest} shown={source.digest.slice(0, shown)} />,
          },
          report && { name: text('data.fact.format'), value: formatOf(report.source) },
          dataset.license && { name: text('data.column.license'), value: dataset.license },
          {
            name: text('data.fact.run'),
            value: (
              <Link to="/r/$run" params={{ run: dataset.run.handle }}>
                {dataset.run.handle}
              </Link>
            ),
          },
          { name: text('data.column.added'), value: <Time at={dataset.added} /> },
          report?.reader && { name: text('data.fact.reader'), value: report.reader },
          {
            name: text('run.fact.id'),
            value: <Copyable value={dataset.id} shown={`${dataset.id.slice(0, shown)}…`} />,
          },
        ]}
      />
      {report && report.notes.length > 0 && (
        <details className={style.notes} open>
          <summary>{text('data.notes', { count: report.notes.length })}</summary>
          <ul>
            {report.notes.map((note) => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        </details>
      )}
      {preamble.length > 0 && (
        <details className={style.notes}>
          <summary>{text('data.preamble', { count: preamble.length })}</summary>
          <pre>{preamble.join('\n')}</pre>
        </details>
      )}
    </aside>
  )
}

/** The format of the source, in a few words: `CSV · utf-8 · ,`. */
function formatOf(source: Record<string, unknown>): string {
  const { format, encoding, delimiter, decimal } = source
  const layout = isObject(source.layout) ? source.layout.kind : undefined
  const words = [
    String(layout ?? format ?? '').toUpperCase(),
    encoding,
    layout === undefined && (delimiter === '\t' ? 'TAB' : delimiter && `“${delimiter}”`),
    decimal === ',' && '1,5',
  ]
  return words.filter(Boolean).join(' · ')
}
