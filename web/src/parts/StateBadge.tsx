// The state of a run: its own shape, a colour and the word, so that no reader needs the colour.
import { keyFor, useText } from '../messages/catalogue'
import style from './StateBadge.module.css'

export type RunState = 'waiting' | 'running' | 'stopping' | 'done' | 'failed' | 'cancelled' | 'lost' | 'unknown'

const shapes: Record<RunState, React.ReactNode> = {
  waiting: <circle cx="6" cy="6" r="4.2" fill="none" stroke="currentColor" strokeWidth="1.6" />,
  running: (
    <>
      <circle cx="6" cy="6" r="4.2" fill="none" stroke="currentColor" strokeWidth="1.6" />
      <path d="M6 1.8a4.2 4.2 0 0 1 0 8.4z" fill="currentColor" />
    </>
  ),
  stopping: (
    <>
      <circle cx="6" cy="6" r="4.2" fill="none" stroke="currentColor" strokeWidth="1.6" />
      <rect x="4.3" y="4.3" width="3.4" height="3.4" fill="currentColor" />
    </>
  ),
  done: <path d="M1.8 6.4 4.8 9.4 10.4 2.8" fill="none" stroke="currentColor" strokeWidth="2" />,
  failed: <path d="M2.2 2.2l7.6 7.6M9.8 2.2 2.2 9.8" stroke="currentColor" strokeWidth="2" />,
  cancelled: (
    <>
      <circle cx="6" cy="6" r="4.2" fill="none" stroke="currentColor" strokeWidth="1.6" />
      <path d="M3 9 9 3" stroke="currentColor" strokeWidth="1.6" />
    </>
  ),
  lost: <path d="M6 1.2 10.8 6 6 10.8 1.2 6z" fill="none" stroke="currentColor" strokeWidth="1.6" />,
  unknown: (
    <>
      <path d="M3.4 4.2a2.6 2.6 0 1 1 3.6 2.4c-.7.3-1 .7-1 1.4" fill="none" stroke="currentColor" strokeWidth="1.6" />
      <circle cx="6" cy="10.4" r="1" fill="currentColor" />
    </>
  ),
}

export function StateShape({ state }: { state: RunState }) {
  return (
    <svg className={style.shape} data-state={state} aria-hidden="true" width="12" height="12" viewBox="0 0 12 12">
      {shapes[state] ?? shapes.lost}
    </svg>
  )
}

/** `word` replaces the word of the state of a run. */
export function StateBadge({ state, word }: { state: RunState; word?: string }) {
  const text = useText()
  const key = keyFor('state', state)
  return (
    <span className={style.badge} data-state={state}>
      <StateShape state={state} />
      {word ?? (key ? text(key) : state)}
    </span>
  )
}
