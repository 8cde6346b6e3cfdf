// The state of an array or of a task, and how many tasks are in which state: in words and as a bar.
import type { ArraySummary, TaskCounts } from '../api/arrays'
import { useFormat } from '../format/format'
import { keyFor, useText } from '../messages/catalogue'
import { StateBadge } from '../parts/StateBadge'
import style from './Array.module.css'
import { shapeOf, statesInOrder, taskShapeOf } from './states'

/** While an array is held, none of its further tasks starts. */
export function ArrayState({ array: { state, held } }: { array: Pick<ArraySummary, 'state' | 'held'> }) {
  const text = useText()
  const shown = state === 'running' && held ? 'held' : state
  const key = keyFor('array.state', shown)
  return <StateBadge state={shapeOf(shown)} word={key ? text(key) : shown} />
}

export function TaskStateBadge({ state }: { state: string }) {
  const text = useText()
  const key = keyFor('array.task.state', state)
  return <StateBadge state={taskShapeOf(state)} word={key ? text(key) : state} />
}

/** Writes the numbers of the states that have tasks, as in `88 done · 12 failed`. */
export function useCountWords(): (counts: TaskCounts) => string {
  const text = useText()
  const format = useFormat()
  return (counts) =>
    statesInOrder
      .filter((state) => counts[state] > 0)
      .map((state) => text(`array.counted.${state}`, { count: format.count(counts[state]) }))
      .join(' · ')
}

/** A bar with a part for each state; the words next to it have the numbers. */
export function StateBar({ counts }: { counts: TaskCounts }) {
  return (
    <span className={style.bar} aria-hidden="true">
      {statesInOrder.map(
        (state) =>
          counts[state] > 0 && (
            <span key={state} className={style.share} data-state={state} style={{ flexGrow: counts[state] }} />
          ),
      )}
    </span>
  )
}
