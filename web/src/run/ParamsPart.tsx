// The parameters of a run; and the parameters of earlier attempts, each under its attempt.
import type { RunDetail } from '../api/types'
import { plainValue } from '../format/plain_value'
import { useText } from '../messages/catalogue'
import { Copyable } from '../parts/Copyable'
import { Empty } from '../parts/Notice'
import style from '../parts/NounPage.module.css'
import tableStyle from '../parts/Table.module.css'
import { TableFrame } from '../parts/TableFrame'

type Params = RunDetail['params']

export function ParamsPart({ run }: { run: RunDetail }) {
  const text = useText()
  const earlier = run.attempt_list.filter(({ params }) => Object.keys(params ?? {}).length > 0)
  return (
    <>
      {Object.keys(run.params).length > 0 ? (
        <ParamsTable params={run.params} />
      ) : (
        <Empty command="hven log param lr=0.1">{text('run.params.none')}</Empty>
      )}
      {earlier.map(({ number, params }) => (
        <details key={number} className={style.notes}>
          <summary>{text('run.attempt.params', { attempt: number })}</summary>
          <ParamsTable params={params ?? {}} />
        </details>
      ))}
    </>
  )
}

function ParamsTable({ params }: { params: Params }) {
  const text = useText()
  return (
    <TableFrame>
      <table className={tableStyle.table}>
        <thead>
          <tr>
            <th scope="col">{text('param.name')}</th>
            <th scope="col">{text('param.value')}</th>
          </tr>
        </thead>
        <tbody>
          {Object.entries(params).map(([name, value]) => (
            <tr key={name}>
              <th scope="row">
                <code>{name}</code>
              </th>
              <td>
                <Copyable value={plainValue(value)} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableFrame>
  )
}
