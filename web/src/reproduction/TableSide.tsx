// Some rows of a table with their numbers; cells that differ from the other side are marked.
import { useFormat } from '../format/format'
import { useText } from '../messages/catalogue'
import type { TableExcerpt } from './excerpt'
import style from './Reproduction.module.css'

export function TableSide({ table }: { table: TableExcerpt }) {
  const text = useText()
  const format = useFormat()
  if (table.rows.length === 0) return <p className={style.quiet}>{text('reproduction.notHere')}</p>
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable area must be reachable by keyboard
    <div className={style.table} tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">
              <span className="visually-hidden">{text('run.output.row')}</span>
            </th>
            {table.head.map((name, column) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: two columns may have the same name
              <th key={column} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map(({ number, cells }) => (
            <tr key={number}>
              <th scope="row">{format.count(number)}</th>
              {cells.map((cell, column) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a cell has no identity but its index
                <td key={column} title={cell.text}>
                  {cell.marked ? <mark>{cell.text}</mark> : cell.text}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
