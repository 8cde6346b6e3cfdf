// The states of arrays and of their tasks.
import type { TaskCounts } from '../api/arrays'
import type { RunState } from '../parts/StateBadge'

export type TaskState = keyof TaskCounts

/** The states of tasks, the one that a reader must see first in front. */
export const taskStates: readonly TaskState[] = ['failed', 'running', 'waiting', 'queued', 'cancelled', 'done']

/** The states in the order of a task's life, for numbers in words and for bars. */
export const statesInOrder: readonly TaskState[] = ['done', 'failed', 'cancelled', 'running', 'waiting', 'queued']

export const isTaskState = (word: unknown): word is TaskState => taskStates.includes(word as TaskState)

const shapes: Record<string, RunState> = {
  held: 'waiting',
  running: 'running',
  done: 'done',
  incomplete: 'failed',
  blocked: 'failed',
}

const taskShapes: Record<string, RunState> = {
  queued: 'waiting',
  waiting: 'waiting',
  running: 'running',
  done: 'done',
  failed: 'failed',
  cancelled: 'cancelled',
}

/** The shape of the state of a run that an array's state has, too. */
export const shapeOf = (state: string): RunState => shapes[state] ?? 'lost'

export const taskShapeOf = (state: string): RunState => taskShapes[state] ?? 'lost'

/** The state of a cell of the grid: the worst one of its tasks. */
export const worstOf = (counts: TaskCounts): TaskState => taskStates.find((state) => counts[state] > 0) ?? 'queued'

export const totalOf = (counts: TaskCounts): number => statesInOrder.reduce((sum, state) => sum + counts[state], 0)
