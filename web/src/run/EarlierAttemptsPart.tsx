// The metrics of earlier attempts, under each attempt: the metrics of the run itself are those of the last attempt.
import type { RunDetail } from '../api/types'
import { useFormat } from '../format/format'
import { toNumber } from '../format/numbers'
import { useText } from '../messages/catalogue'
import style from '../parts/NounPage.module.css'
import tableStyle from '../parts/Table.module.css'
import { TableFrame } from '../parts/TableFrame'

export function EarlierAttemptsPart({ run }: { run: RunDetail }) {
  const text = useText()
  const format = useFormat()
  const earlier = run.attempt_list.filter(({ metrics }) => metrics?.length)
  return earlier.map(({ number, metrics }) => (
    <details key={number} className={style.notes}>
      <summary>{text('run.attempt.metrics', { attempt: number })}</summary>
      <TableFrame>
        <table className={tableStyle.table}>
          <thead>
            <tr>
              <th scope="col">{text('run.added.name')}</th>
              <th scope="col" className={tableStyle.number}>
                {text('run.added.value')}
              </th>
              <th scope="col" className={`${tableStyle.number} ${tableStyle.wide}`}>
                {text('run.added.points')}
              </th>
            </tr>
          </thead>
          <tbody>
            {metrics?.map(({ key, last, points }) => (
              <tr key={key}>
                <th scope="row">
                  <code>{key}</code>
                </th>
                <td className={tableStyle.number}>{format.value(toNumber(last))}</td>
                <td className={`${tableStyle.number} ${tableStyle.wide}`}>{format.count(points)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableFrame>
    </details>
  ))
}
