// The failed tasks of an array, grouped by how they ended and by their last line on standard error, largest group first.
import { type ArraySummary, type FailureGroup, useArrayFailures } from '../api/arrays'
import { useFormat } from '../format/format'
import { useText } from '../messages/catalogue'
import { useSay } from '../messages/say'
import { Answer } from '../parts/Answer'
import tableStyle from '../parts/Table.module.css'
import { TableFrame } from '../parts/TableFrame'
import style from './Array.module.css'
import { RetryButton } from './ArrayActions'
import type { TaskState } from './states'

/** How many kinds of failures are listed, and how many ranges of tasks of each. */
const groups_shown = 20
const ranges_shown = 8

interface FailureTableProps {
  array: ArraySummary
  number: string
  mayChange: boolean
  onShowTasks: (from: number, state?: TaskState) => void
}

export function FailureTable({ array, number, mayChange, onShowTasks }: FailureTableProps) {
  const text = useText()
  const format = useFormat()
  return (
    <section className={style.part} aria-label={text('array.failures')}>
      <h2>{text('array.failures')}</h2>
      <Answer asked={useArrayFailures(number)}>
        {({ groups, read, failed }) => (
          <>
            <TableFrame>
              <table className={`${tableStyle.table} ${style.failures}`} aria-label={text('array.failures')}>
                <thead>
                  <tr>
                    <th scope="col" className={tableStyle.number}>
                      {text('array.failures.count')}
                    </th>
                    <th scope="col">{text('array.failures.line')}</th>
                    <th scope="col" className={tableStyle.wide}>
                      {text('array.failures.outcome')}
                    </th>
                    <th scope="col">{text('array.failures.which')}</th>
                    {mayChange && (
                      <th scope="col">
                        <span className="visually-hidden">{text('array.retry.tasks')}</span>
                      </th>
                    )}
                  </tr>
                </thead>
                <tbody>
                  {groups.slice(0, groups_shown).map((group) => (
                    <tr key={`${group.outcome}\n${group.line}`}>
                      <td className={tableStyle.number}>{format.count(group.count)}</td>
                      <th scope="row" className={style.lastLine}>
                        {group.line ? <code>{group.line}</code> : <span>{text('array.failures.noLine')}</span>}
                      </th>
                      <td className={tableStyle.wide}>
                        <Outcome group={group} />
                      </td>
                      <td>
                        <TaskRanges number={number} tasks={group.tasks} onShowTasks={onShowTasks} />
                      </td>
                      {mayChange && (
                        <td className={tableStyle.tools}>
                          <RetryButton
                            array={array}
                            label="array.retry.tasks"
                            count={group.count}
                            action={{ act: 'retry', tasks: group.tasks }}
                            quiet
                          />
                        </td>
                      )}
                    </tr>
                  ))}
                </tbody>
              </table>
            </TableFrame>
            {groups.length > groups_shown && (
              <p className={style.help}>{text('array.failures.more', { count: groups.length - groups_shown })}</p>
            )}
            {read < failed && (
              <p className={style.help}>
                {text('array.failures.read', { read: format.count(read), failed: format.count(failed) })}
              </p>
            )}
          </>
        )}
      </Answer>
    </section>
  )
}

function Outcome({ group: { outcome, outcome_said } }: { group: FailureGroup }) {
  const say = useSay()
  return outcome_said ? say(outcome_said) : outcome
}

interface TaskRangesProps {
  number: string
  /** As `3,10-20`. */
  tasks: string
  onShowTasks: FailureTableProps['onShowTasks']
}

function TaskRanges({ number, tasks, onShowTasks }: TaskRangesProps) {
  const text = useText()
  const first = Number.parseInt(tasks, 10)
  const ranges = tasks.split(',')
  const shown = ranges.slice(0, ranges_shown).join(', ') + (ranges.length > ranges_shown ? ', …' : '')
  return (
    <button
      type="button"
      className={style.link}
      aria-label={`${shown}. ${text('array.failures.show', { task: `array/${number}:${first}` })}`}
      onClick={() => onShowTasks(first, 'failed')}
    >
      {shown}
    </button>
  )
}
