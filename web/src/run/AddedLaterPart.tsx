// Values that a user added after the end of a run, with user and time: separate from the measurements of the run.
import type { RunDetail } from '../api/types'
import { useFormat } from '../format/format'
import { plainValue } from '../format/plain_value'
import { keyFor, useText } from '../messages/catalogue'
import style from '../parts/NounPage.module.css'
import tableStyle from '../parts/Table.module.css'
import { TableFrame } from '../parts/TableFrame'
import { Time } from '../parts/Time'

export function AddedLaterPart({ run }: { run: RunDetail }) {
  const text = useText()
  const format = useFormat()
  const added = run.added_later ?? []
  if (added.length === 0) return null
  // A parameter has one value; of the points of a metric, the last is shown.
  const allMetrics = added.every(({ kind }) => kind === 'metric')
  return (
    <details className={style.notes}>
      <summary>{text('run.added', { count: run.added_later_total ?? added.length })}</summary>
      <TableFrame>
        <table className={tableStyle.table}>
          <thead>
            <tr>
              <th scope="col">{text('run.added.name')}</th>
              <th scope="col">{text('run.added.by')}</th>
              <th scope="col">{text('run.added.when')}</th>
              <th scope="col" className={tableStyle.wide}>
                {text('run.added.kind')}
              </th>
              <th scope="col" className={tableStyle.narrow}>
                {text(allMetrics ? 'run.added.value' : 'param.value')}
              </th>
              <th scope="col" className={`${tableStyle.number} ${tableStyle.wide}`}>
                {text('run.added.step')}
              </th>
              <th scope="col" className={`${tableStyle.number} ${tableStyle.wide}`}>
                {text('run.added.points')}
              </th>
            </tr>
          </thead>
          <tbody>
            {added.map(({ seq, kind, name, value, step, points, by, added: when }) => {
              const kindKey = keyFor('run.added.kind', kind)
              return (
                <tr key={`${seq} ${kind} ${name}`}>
                  <th scope="row">
                    <code>{name}</code>
                  </th>
                  <td title={by.id}>{by.name ?? by.kind}</td>
                  <td>
                    <Time at={when} />
                  </td>
                  <td className={tableStyle.wide}>{kindKey ? text(kindKey) : kind}</td>
                  <td className={tableStyle.narrow} title={plainValue(value)}>
                    {plainValue(value)}
                  </td>
                  <td className={`${tableStyle.number} ${tableStyle.wide}`}>
                    {step == null ? '' : format.count(step)}
                  </td>
                  <td className={`${tableStyle.number} ${tableStyle.wide}`}>
                    {points == null ? '' : format.count(points)}
                  </td>
                </tr>
              )
            })}
          </tbody>
        </table>
      </TableFrame>
    </details>
  )
}
