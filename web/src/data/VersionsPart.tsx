// All versions of a dataset name, newest first.
import { Link } from '@tanstack/react-router'
import type { DatasetDetail } from '../api/types'
import { useFormat } from '../format/format'
import { useText } from '../messages/catalogue'
import tableStyle from '../parts/Table.module.css'
import { TableFrame } from '../parts/TableFrame'
import { Time } from '../parts/Time'

export function VersionsPart({ dataset }: { dataset: DatasetDetail }) {
  const text = useText()
  const format = useFormat()
  return (
    <TableFrame>
      <table className={tableStyle.table}>
        <thead>
          <tr>
            <th scope="col">{text('data.column.dataset')}</th>
            <th scope="col" className={tableStyle.number}>
              {text('data.column.rows')}
            </th>
            <th scope="col">{text('data.column.added')}</th>
          </tr>
        </thead>
        <tbody>
          {dataset.versions.map(({ id, version, rows, added }) => (
            <tr key={id} aria-current={id === dataset.id || undefined}>
              <th scope="row">
                <Link to="/data/$dataset" params={{ dataset: id }}>
                  {dataset.name}@{version}
                </Link>
              </th>
              <td className={tableStyle.number}>{format.count(rows)}</td>
              <td>
                <Time at={added} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableFrame>
  )
}
