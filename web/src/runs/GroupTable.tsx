// The runs of the list in groups: how many runs each has, and the mean and range of the numbers in the chosen columns.
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { compared_max } from '../api/comparison'
import type { RunFilter } from '../api/runs'
import { useFormat } from '../format/format'
import { useText } from '../messages/catalogue'
import { Answer } from '../parts/Answer'
import { Button } from '../parts/Button'
import tableStyle from '../parts/Table.module.css'
import { TableFrame } from '../parts/TableFrame'
import { type AllRuns, allRunsQuery } from './all_runs'
import type { Column } from './columns'
import style from './RunsPage.module.css'
import { groupCondition, groupRuns, numberColumns } from './run_groups'

interface GroupTableProps {
  filter: RunFilter
  by: Column
  /** How a condition names the column; undefined if it cannot. */
  conditionName: string | undefined
  columns: readonly Column[]
  /** Shows only the runs for which the condition holds. */
  onShow: (condition: string) => void
  onCompare: (handles: string[]) => void
}

/** More runs are not loaded into the browser. */
const runs_max = 10_000
const groups_max = 500

export function GroupTable(props: GroupTableProps) {
  const asked = useQuery(allRunsQuery(props.filter, runs_max))
  return (
    <Answer asked={asked} lines={10}>
      {(found) => <Groups {...props} found={found} />}
    </Answer>
  )
}

function Groups({ by, conditionName, columns, found, onShow, onCompare }: GroupTableProps & { found: AllRuns }) {
  const text = useText()
  const format = useFormat()
  const numbers = useMemo(
    () => numberColumns(columns, found.runs).filter((column) => column.name !== by.name),
    [columns, found, by],
  )
  const groups = useMemo(() => groupRuns(found.runs, by, numbers), [found, by, numbers])
  const label = by.label(text)
  return (
    <div className={style.groups}>
      {found.more && (
        <p className={style.leftOut}>{text('runs.group.first', { count: format.count(found.runs.length) })}</p>
      )}
      {numbers.length === 0 && <p className={style.leftOut}>{text('runs.group.noNumbers')}</p>}
      <TableFrame>
        <table className={tableStyle.table} aria-label={text('runs.group.title', { column: label })}>
          <thead>
            <tr>
              <th scope="col">{label}</th>
              <th scope="col" className={tableStyle.number}>
                {text('runs.group.count')}
              </th>
              {numbers.map((column) => (
                <th key={column.name} scope="col" className={tableStyle.number}>
                  {column.label(text)} <small>{text('runs.group.mean')}</small>
                </th>
              ))}
              <th scope="col" className={tableStyle.tools}>
                <span className="visually-hidden">{text('compare.title')}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {groups.slice(0, groups_max).map((group) => {
              const condition = groupCondition(by, conditionName, group.value)
              const named = group.value === '' ? text('runs.group.without') : group.value
              return (
                <tr key={group.value}>
                  <th scope="row" title={named}>
                    {condition === undefined ? (
                      named
                    ) : (
                      <button
                        type="button"
                        className={style.groupName}
                        title={text('runs.group.show', { condition })}
                        onClick={() => onShow(condition)}
                      >
                        {named}
                      </button>
                    )}
                  </th>
                  <td className={tableStyle.number}>{format.count(group.runs.length)}</td>
                  {group.numbers.map((summary, at) => (
                    <td
                      key={numbers[at]?.name}
                      className={tableStyle.number}
                      title={summary && text('runs.group.of', { count: summary.count })}
                    >
                      {summary && (
                        <>
                          {format.value(summary.mean, 4)}
                          {summary.min !== summary.max && (
                            <small className={style.range}>
                              {' '}
                              {format.value(summary.min, 3)} … {format.value(summary.max, 3)}
                            </small>
                          )}
                        </>
                      )}
                    </td>
                  ))}
                  <td className={tableStyle.tools}>
                    <Button
                      kind="quiet"
                      disabled={group.runs.length < 2 || group.runs.length > compared_max}
                      title={
                        group.runs.length > compared_max
                          ? text('compare.selected.tooMany', { max: compared_max })
                          : undefined
                      }
                      onClick={() => onCompare(group.runs.map(({ handle }) => handle))}
                    >
                      {text('runs.group.compare')}
                    </Button>
                  </td>
                </tr>
              )
            })}
          </tbody>
        </table>
      </TableFrame>
      {groups.length > groups_max && (
        <p className={style.leftOut}>
          {text('runs.group.tooMany', { shown: groups_max, count: format.count(groups.length) })}
        </p>
      )}
    </div>
  )
}
