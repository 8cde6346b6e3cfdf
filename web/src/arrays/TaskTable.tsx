// The tasks of an array in the order of their numbers: values, state, run, and how it ended or what it measured.
import { Link } from '@tanstack/react-router'
import { type ArraySummary, type ArrayTask, useArrayTasks } from '../api/arrays'
import { useFormat } from '../format/format'
import { toNumber } from '../format/numbers'
import { plainValue } from '../format/plain_value'
import { useText } from '../messages/catalogue'
import { useSay } from '../messages/say'
import { Answer } from '../parts/Answer'
import { Button } from '../parts/Button'
import inputStyle from '../parts/Input.module.css'
import { Empty } from '../parts/Notice'
import { moveAlong } from '../parts/row_keys'
import tableStyle from '../parts/Table.module.css'
import { TableFrame } from '../parts/TableFrame'
import { Duration } from '../parts/Time'
import style from './Array.module.css'
import type { ArraySearch } from './array_search'
import { TaskStateBadge } from './StateParts'
import { isTaskState, taskStates } from './states'

/** With more parameters, all values are in one column. */
const columns_max = 4
const metrics_max = 3

interface TaskTableProps {
  number: string
  array: ArraySummary
  /** The names of the parameters. */
  names: string[]
  search: ArraySearch
  onSearch: (change: ArraySearch) => void
}

export function TaskTable({ number, array, names, search, onSearch }: TaskTableProps) {
  const text = useText()
  const format = useFormat()
  const { state, from } = search
  const asked = useArrayTasks(number, { state, from })
  const tasks = asked.data?.pages.flatMap(({ items }) => items)
  const nameOf = (task: number) => `array/${number}:${task}`
  return (
    <>
      <div className={style.head}>
        <h2>{text('array.tasks')}</h2>
        <select
          className={inputStyle.select}
          value={state ?? ''}
          aria-label={text('array.task.states')}
          onChange={({ target: { value } }) =>
            onSearch({ state: isTaskState(value) ? value : undefined, from: undefined })
          }
        >
          <option value="">{text('array.task.states.all')}</option>
          {taskStates.map((each) => (
            <option key={each} value={each}>
              {text('array.task.states.one', {
                state: text(`array.task.state.${each}`),
                count: format.count(array.counts[each]),
              })}
            </option>
          ))}
        </select>
        {from !== undefined && (
          <>
            <span className={style.help}>{text('array.task.from', { task: nameOf(from) })}</span>
            <Button kind="quiet" onClick={() => onSearch({ from: undefined })}>
              {text('array.task.fromFirst')}
            </Button>
          </>
        )}
      </div>
      <Answer asked={{ data: tasks, error: asked.error, refetch: asked.refetch }} lines={8}>
        {(shown) =>
          shown.length === 0 ? (
            <Empty>{text(from === undefined ? 'array.task.none' : 'array.task.noneFrom')}</Empty>
          ) : (
            <Rows tasks={shown} names={names} nameOf={nameOf} from={from} />
          )
        }
      </Answer>
      {asked.hasNextPage && (
        <div>
          <Button disabled={asked.isFetchingNextPage} onClick={() => asked.fetchNextPage()}>
            {text('word.more')}
          </Button>
        </div>
      )}
    </>
  )
}

interface RowsProps {
  tasks: ArrayTask[]
  names: string[]
  nameOf: (task: number) => string
  from: number | undefined
}

function Rows({ tasks, names, nameOf, from }: RowsProps) {
  const text = useText()
  const columns = names.length <= columns_max ? names : []
  return (
    <TableFrame>
      <table className={tableStyle.table} aria-label={text('array.tasks')}>
        <thead>
          <tr>
            <th scope="col">{text('array.task')}</th>
            <th scope="col">{text('array.state')}</th>
            {columns.map((name) => (
              <th key={name} scope="col" className={`${tableStyle.narrow} ${style.parameter}`} title={name}>
                {name}
              </th>
            ))}
            {columns.length === 0 && names.length > 0 && <th scope="col">{text('array.values')}</th>}
            <th scope="col">{text('array.task.run')}</th>
            <th scope="col" className={`${tableStyle.number} ${tableStyle.wide}`}>
              {text('array.task.took')}
            </th>
            <th scope="col" className={tableStyle.wide}>
              {text('array.task.result')}
            </th>
          </tr>
        </thead>
        <tbody className={style.rows} onKeyDown={(event) => moveAlong(event, 'td a')}>
          {tasks.map((task) => (
            <tr key={task.task} data-here={task.task === from || undefined}>
              <th scope="row" className={style.task}>
                {nameOf(task.task)}
              </th>
              <td>
                <TaskStateBadge state={task.state} />
              </td>
              {columns.map((name) => (
                <td key={name} className={tableStyle.narrow} title={shownValue(task, name)}>
                  {shownValue(task, name)}
                </td>
              ))}
              {columns.length === 0 && names.length > 0 && <Values task={task} names={names} />}
              <td>{task.run && <RunLink run={task.run} />}</td>
              <td className={`${tableStyle.number} ${tableStyle.wide}`}>
                {task.run?.started && (
                  <Duration
                    taken_s={task.run.ended ? (task.run.wall_s ?? undefined) : undefined}
                    from={task.run.started}
                    to={task.run.ended ?? undefined}
                  />
                )}
              </td>
              <Result task={task} />
            </tr>
          ))}
        </tbody>
      </table>
    </TableFrame>
  )
}

const shownValue = ({ values }: ArrayTask, name: string): string => plainValue(values[name] ?? null)

function Values({ task, names }: { task: ArrayTask; names: string[] }) {
  const said = names.map((name) => `${name}=${shownValue(task, name)}`).join('  ')
  return <td title={said}>{said}</td>
}

function RunLink({ run }: { run: NonNullable<ArrayTask['run']> }) {
  return (
    <Link to="/r/$run" params={{ run: run.handle }} className={style.run}>
      {run.handle}
    </Link>
  )
}

/** How the run ended when it did not succeed; otherwise its metrics. */
function Result({ task: { state, run } }: { task: ArrayTask }) {
  const say = useSay()
  const format = useFormat()
  const metrics = run?.metrics ?? []
  const measured = metrics.map(({ key, last }) => `${key} ${format.value(toNumber(last))}`)
  const more = measured.length - metrics_max
  const ended = state === 'failed' && run && (run.outcome_said ? say(run.outcome_said) : run.outcome)
  const said = ended || [...measured.slice(0, metrics_max), ...(more > 0 ? ['…'] : [])].join(' · ')
  return (
    <td
      className={tableStyle.wide}
      title={ended || measured.join(' · ') || undefined}
      data-failed={ended ? true : undefined}
    >
      {said}
    </td>
  )
}
