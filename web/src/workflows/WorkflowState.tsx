// The states of workflows and of their steps, with the shapes of the same states of runs.
import type { WorkflowSummary } from '../api/workflows'
import { keyFor, useText } from '../messages/catalogue'
import { type RunState, StateBadge } from '../parts/StateBadge'

const shapes: Record<string, RunState> = {
  running: 'running',
  done: 'done',
  incomplete: 'failed',
  stopped: 'failed',
  cancelled: 'cancelled',
}

const stepShapes: Record<string, RunState> = {
  waiting: 'waiting',
  preparing: 'running',
  running: 'running',
  done: 'done',
  up_to_date: 'done',
  failed: 'failed',
  blocked: 'cancelled',
  holds: 'done',
  still_holds: 'done',
  fails: 'failed',
  cannot_tell: 'lost',
  not_done: 'cancelled',
}

export function WorkflowState({ state }: { state: string }) {
  const text = useText()
  const key = keyFor('workflow.state', state)
  return <StateBadge state={shapes[state] ?? 'lost'} word={key ? text(key) : state} />
}

export function StepState({ state }: { state: string }) {
  const text = useText()
  const key = keyFor('workflow.step.state', state)
  return <StateBadge state={stepShapes[state] ?? 'lost'} word={key ? text(key) : state} />
}

/** How many steps ended, and how many of these without the wanted result. */
export function useProgress({ steps, steps_ended, steps_not_well }: WorkflowSummary): string {
  const text = useText()
  const ended = text('workflow.progress.of', { ended: steps_ended, count: steps })
  return steps_not_well === 0 ? ended : `${ended} · ${text('workflow.progress.notWell', { count: steps_not_well })}`
}

/** The number in the name `workflow/3`. */
export const numberOf = ({ name }: WorkflowSummary): string => name.slice(name.indexOf('/') + 1)
