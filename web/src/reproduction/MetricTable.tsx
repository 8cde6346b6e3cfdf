// The metrics of both runs, differing ones first: both values, the difference and the tolerance.
import { useRunMetrics } from '../api/runs'
import { useFormat } from '../format/format'
import { toNumber } from '../format/numbers'
import { useText } from '../messages/catalogue'
import tableStyle from '../parts/Table.module.css'
import { TableFrame } from '../parts/TableFrame'
import { type Likeness, type MetricComparison, placesOf } from './comparison'
import { LevelBadge } from './LevelBadge'
import style from './Reproduction.module.css'
import { useTolerance } from './tolerance'

interface MetricTableProps {
  run: string
  again: string
  /** The metrics that are not exactly the same. */
  differing: MetricComparison[]
}

const same: Likeness = { is: 'same_bytes' }

export function MetricTable({ run, again, differing }: MetricTableProps) {
  const text = useText()
  const before = useRunMetrics(run).data
  const after = useRunMetrics(again).data
  const others = (before ?? []).filter(({ key }) => !differing.some((one) => one.key === key))
  const lines = [...differing, ...others.map(({ key }) => ({ key, likeness: same }))]
  if (lines.length === 0) return null
  const last = (metrics: typeof before, key: string) => metrics?.find((metric) => metric.key === key)?.last
  return (
    <section aria-label={text('reproduction.metrics')}>
      <h3>{text('reproduction.metrics')}</h3>
      <TableFrame>
        <table className={tableStyle.table}>
          <thead>
            <tr>
              <th scope="col">{text('reproduction.metric')}</th>
              <th scope="col" className={tableStyle.number}>
                {text('reproduction.before')}
              </th>
              <th scope="col" className={tableStyle.number}>
                {text('reproduction.after')}
              </th>
              <th scope="col" className={`${tableStyle.number} ${tableStyle.wide}`}>
                {text('reproduction.difference')}
              </th>
              <th scope="col" className={tableStyle.wide}>
                {text('reproduction.tolerance')}
              </th>
              <th scope="col">{text('reproduction.verdict')}</th>
            </tr>
          </thead>
          <tbody>
            {lines.map(({ key, likeness }) => (
              <MetricLine
                key={key}
                name={key}
                likeness={likeness}
                before={last(before, key)}
                after={last(after, key)}
              />
            ))}
          </tbody>
        </table>
      </TableFrame>
    </section>
  )
}

interface MetricLineProps {
  name: string
  likeness: Likeness
  before: number | string | null | undefined
  after: number | string | null | undefined
}

function MetricLine({ name, likeness, before, after }: MetricLineProps) {
  const text = useText()
  const format = useFormat()
  const tolerance = useTolerance()
  const place = placesOf(likeness)[0]
  const isMarked = likeness.is === 'differs'
  // The compared values are used; the present values of the runs are only a fallback.
  const shown = (value: number | string | null | undefined) =>
    value == null ? text('reproduction.nothing') : format.value(toNumber(value), 8)
  return (
    <tr>
      <th scope="row">
        <code>{name}</code>
      </th>
      <td className={`${tableStyle.number} ${isMarked ? style.marked : ''}`} title={place?.before ?? undefined}>
        {shown(place ? place.before : before)}
      </td>
      <td className={`${tableStyle.number} ${isMarked ? style.marked : ''}`} title={place?.after ?? undefined}>
        {shown(place ? place.after : after)}
      </td>
      <td className={`${tableStyle.number} ${tableStyle.wide}`}>
        {place?.difference && format.value(toNumber(place.difference.absolute), 4)}
      </td>
      <td className={tableStyle.wide}>{likeness.tolerance && tolerance(likeness.tolerance)}</td>
      <td>
        <LevelBadge level={likeness.is} ofValue />
      </td>
    </tr>
  )
}
