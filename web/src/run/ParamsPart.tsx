// The parameters of a run.
import type { RunDetail } from '../api/types'
import { plainValue } from '../format/plain_value'
import { useText } from '../messages/catalogue'
import { Copyable } from '../parts/Copyable'
import { Empty } from '../parts/Notice'
import tableStyle from '../parts/Table.module.css'
import { TableFrame } from '../parts/TableFrame'

export function ParamsPart({ run }: { run: RunDetail }) {
  const text = useText()
  const params = Object.entries(run.params)
  if (params.length === 0) return <Empty command="hven log param lr=0.1">{text('run.params.none')}</Empty>
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
          {params.map(([name, value]) => (
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
