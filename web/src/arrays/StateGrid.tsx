// The states of all tasks: a small cell for each task, or for some tasks when there are many, in the colour and pattern of
// the worst state. The arrow keys move between the cells.
import { memo, useCallback, useRef, useState } from 'react'
import { type TaskCounts, useArrayGrid } from '../api/arrays'
import { useFormat } from '../format/format'
import { keyFor, useText } from '../messages/catalogue'
import { Answer } from '../parts/Answer'
import style from './Array.module.css'
import { useCountWords } from './StateParts'
import { statesInOrder, type TaskState, totalOf, worstOf } from './states'

interface StateGridProps {
  /** The number of the array. */
  array: string
  counts: TaskCounts
  /** Shows the tasks from this one on in the table. */
  onShowTasks: (from: number, state?: TaskState) => void
}

export function StateGrid({ array, counts, onShowTasks }: StateGridProps) {
  const text = useText()
  const format = useFormat()
  const asked = useArrayGrid(array)
  const perCell = asked.data?.tasks_per_cell ?? 1
  return (
    <section className={style.part} aria-label={text('array.grid')}>
      <h2>{text('array.grid')}</h2>
      <ul className={style.legend}>
        {statesInOrder.map(
          (state) =>
            counts[state] > 0 && (
              <li key={state}>
                <span className={style.cell} data-state={state} />
                {text(`array.counted.${state}`, { count: format.count(counts[state]) })}
              </li>
            ),
        )}
      </ul>
      <Answer asked={asked} lines={4}>
        {({ cells }) => <Cells array={array} cells={cells} perCell={perCell} onShowTasks={onShowTasks} />}
      </Answer>
      <p className={style.help}>
        {perCell === 1 ? text('array.grid.help') : text('array.grid.help.many', { count: format.count(perCell) })}
      </p>
    </section>
  )
}

interface CellsProps {
  array: string
  cells: TaskCounts[]
  perCell: number
  onShowTasks: StateGridProps['onShowTasks']
}

function Cells({ array, cells, perCell, onShowTasks }: CellsProps) {
  const text = useText()
  const words = useCountWords()
  const grid = useRef<HTMLDivElement>(null)
  /** The one cell that the Tab key reaches. */
  const [stop, setStop] = useState(0)
  const reached = Math.min(stop, cells.length - 1)
  const onOpen = useCallback(
    (at: number, state: TaskState) => {
      setStop(at)
      onShowTasks(at * perCell + 1, perCell > 1 ? state : undefined)
    },
    [onShowTasks, perCell],
  )
  function onKeyDown(event: React.KeyboardEvent<HTMLDivElement>) {
    const steps = cellSteps(grid.current)[event.key]
    const to = event.key === 'Home' ? 0 : event.key === 'End' ? cells.length - 1 : reached + (steps ?? Number.NaN)
    if (!(to >= 0 && to < cells.length)) return
    event.preventDefault()
    setStop(to)
    grid.current?.querySelectorAll<HTMLElement>('button')[to]?.focus()
  }
  return (
    <div
      ref={grid}
      role="toolbar"
      tabIndex={-1}
      aria-label={text('array.grid')}
      className={style.grid}
      onKeyDown={onKeyDown}
    >
      {cells.map((counts, at) => {
        const state = worstOf(counts)
        const size = totalOf(counts)
        const first = at * perCell + 1
        const task = size > 1 ? `array/${array}:${first}-${first + size - 1}` : `array/${array}:${first}`
        const key = keyFor('array.task.state', state)
        const states = size > 1 ? words(counts) : key ? text(key) : state
        return (
          <Cell
            key={first}
            at={at}
            state={state}
            title={text('array.grid.cell', { task, states })}
            isStop={at === reached}
            onOpen={onOpen}
          />
        )
      })}
    </div>
  )
}

/** By how many cells an arrow key moves: up and down by a row of the drawn grid. */
function cellSteps(grid: HTMLElement | null): Record<string, number> {
  const cells = [...(grid?.children ?? [])] as HTMLElement[]
  const second = cells.findIndex(({ offsetTop }) => offsetTop > (cells[0]?.offsetTop ?? 0))
  const row = second < 0 ? cells.length : second
  return { ArrowRight: 1, ArrowLeft: -1, ArrowDown: row, ArrowUp: -row }
}

interface CellProps {
  at: number
  state: TaskState
  title: string
  isStop: boolean
  onOpen: (at: number, state: TaskState) => void
}

const Cell = memo(function Cell({ at, state, title, isStop, onOpen }: CellProps) {
  return (
    <button
      type="button"
      tabIndex={isStop ? 0 : -1}
      className={style.cell}
      data-state={state}
      title={title}
      aria-label={title}
      onClick={() => onOpen(at, state)}
    />
  )
})
