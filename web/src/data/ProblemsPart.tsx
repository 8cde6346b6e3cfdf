// Cells that could not be read as written: counted by kind, and the first ones with line, column and raw text.
import { useFormat } from '../format/format'
import { keyFor, useText } from '../messages/catalogue'
import { Empty } from '../parts/Notice'
import style from '../parts/NounPage.module.css'
import tableStyle from '../parts/Table.module.css'
import { TableFrame } from '../parts/TableFrame'
import { DecidingSettings } from './DecidingSettings'
import type { ImportReport } from './documents'

interface ProblemsPartProps {
  report: ImportReport
  /** For each of the first problems, the settings that decide it: the table is only looked at, nothing is stored yet. */
  deciding?: string[][]
}

export function ProblemsPart({ report, deciding }: ProblemsPartProps) {
  const text = useText()
  const format = useFormat()
  const { total, counts, first } = report.problems
  if (total === 0) return <Empty>{text('data.problems.none')}</Empty>
  const kindOf = (kind: string) => {
    const key = keyFor('problemKind', kind)
    return key ? text(key) : kind
  }
  return (
    <>
      <p className={style.quiet}>{text(deciding ? 'import.doubtful.note' : 'data.problems.kept')}</p>
      <ul className={style.tags}>
        {counts.map(({ kind, column, count }) => (
          <li key={`${kind} ${column ?? ''}`}>
            {column && <code>{column}</code>} {kindOf(kind)} <b>{format.count(count)}</b>
          </li>
        ))}
      </ul>
      <TableFrame>
        <table className={tableStyle.table}>
          <thead>
            <tr>
              <th scope="col" className={tableStyle.number}>
                {text('data.problem.line')}
              </th>
              <th scope="col">{text('data.problem.column')}</th>
              <th scope="col">{text('data.problem.raw')}</th>
              <th scope="col" className={tableStyle.wide}>
                {text('data.problem.kind')}
              </th>
              <th scope="col" className={tableStyle.wide}>
                {text('data.problem.what')}
              </th>
              {deciding && <th scope="col">{text('import.deciding')}</th>}
            </tr>
          </thead>
          <tbody>
            {first.map((problem, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: two problems may be equal in all fields
              <tr key={at}>
                <td className={tableStyle.number}>{format.count(problem.line)}</td>
                <td>{problem.column ? <code>{problem.column}</code> : text('data.problem.row')}</td>
                <td title={problem.raw}>
                  <code>{problem.raw}</code>
                </td>
                <td className={tableStyle.wide}>{kindOf(problem.kind)}</td>
                <td className={tableStyle.wide} title={problem.what}>
                  {problem.what}
                </td>
                {deciding && (
                  <td>
                    <DecidingSettings names={deciding[at] ?? []} />
                  </td>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </TableFrame>
      {first.length < total && (
        <p className={style.quiet}>
          {text('data.problems.first', { shown: format.count(first.length), count: format.count(total) })}
        </p>
      )}
    </>
  )
}
