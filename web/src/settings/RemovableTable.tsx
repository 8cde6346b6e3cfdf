// A table whose rows can be removed, each after a confirmation: tokens, members.
import { useState } from 'react'
import { useText } from '../messages/catalogue'
import { Button } from '../parts/Button'
import { ConfirmDialog } from '../parts/ConfirmDialog'
import { Problem } from '../parts/Notice'
import tableStyle from '../parts/Table.module.css'
import { TableFrame } from '../parts/TableFrame'

interface Column<Row> {
  title: string
  /** Hidden on a phone. */
  wide?: boolean
  cell: (row: Row) => React.ReactNode
}

interface RemovableTableProps<Row> {
  rows: Row[]
  keyOf: (row: Row) => string
  nameOf: (row: Row) => string
  /** The first cell names the row. */
  columns: Column<Row>[]
  /** The label of the button that removes a row; without it, rows cannot be removed. */
  remove?: string
  ask: (row: Row) => { title: string; body: string; keep: string }
  onRemove: (row: Row) => void
  error: unknown
}

export function RemovableTable<Row>(props: RemovableTableProps<Row>) {
  const { rows, keyOf, nameOf, columns, remove, ask, onRemove, error } = props
  const text = useText()
  const [asking, setAsking] = useState<Row>()
  const [named, ...others] = columns
  const widthOf = (column: Column<Row>) => (column.wide ? tableStyle.wide : undefined)
  const question = asking === undefined ? undefined : ask(asking)
  return (
    <>
      <TableFrame>
        <table className={tableStyle.table}>
          <thead>
            <tr>
              {columns.map((column) => (
                <th key={column.title} scope="col" className={widthOf(column)}>
                  {column.title}
                </th>
              ))}
              {remove && (
                <th scope="col" className={tableStyle.tools}>
                  <span className="visually-hidden">{remove}</span>
                </th>
              )}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={keyOf(row)}>
                <th scope="row" title={nameOf(row)}>
                  {named?.cell(row)}
                </th>
                {others.map((column) => (
                  <td key={column.title} className={widthOf(column)}>
                    {column.cell(row)}
                  </td>
                ))}
                {remove && (
                  <td className={tableStyle.tools}>
                    <Button kind="danger" aria-label={`${remove} ${nameOf(row)}`} onClick={() => setAsking(row)}>
                      {remove}
                    </Button>
                  </td>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </TableFrame>
      {error != null && <Problem error={error} />}
      <ConfirmDialog
        open={asking !== undefined}
        onOpenChange={(open) => !open && setAsking(undefined)}
        title={question?.title ?? ''}
        body={question?.body ?? ''}
        keep={question?.keep ?? text('word.cancel')}
        act={remove ?? ''}
        onAct={() => asking !== undefined && onRemove(asking)}
      />
    </>
  )
}
