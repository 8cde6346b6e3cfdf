// The actions of a member on an array: cancel it while it runs; have tasks run again when it has ended; start another one.
import { useState } from 'react'
import { type ArrayAction, type ArraySummary, useChangeArray } from '../api/arrays'
import { useFormat } from '../format/format'
import { type MessageKey, useText } from '../messages/catalogue'
import { Button } from '../parts/Button'
import { ConfirmDialog } from '../parts/ConfirmDialog'
import { Problem } from '../parts/Notice'
import nounStyle from '../parts/NounPage.module.css'
import { numberOf } from './array_search'
import { NewArrayLink } from './NewArrayLink'

interface Again {
  label: MessageKey
  count: number
  action: ArrayAction
}

/** The ways to have tasks run again that an array offers. */
function againOf({ state, counts: { failed, cancelled } }: ArraySummary): Again[] {
  if (state === 'running') return []
  const both: Again = {
    label: failed > 0 ? 'array.retry.both' : 'array.retry.cancelled',
    count: failed + cancelled,
    action: { act: 'retry', cancelled: true },
  }
  return [
    ...(failed > 0 ? [{ label: 'array.retry.failed', count: failed, action: { act: 'retry' } } satisfies Again] : []),
    ...(cancelled > 0 ? [both] : []),
  ]
}

export function ArrayActions({ array }: { array: ArraySummary }) {
  const again = againOf(array)
  return (
    <span className={nounStyle.acts}>
      {array.state === 'running' && <HoldButton array={array} />}
      {array.state === 'running' && <CancelButton array={array} />}
      {again.map(({ label, count, action }) => (
        <RetryButton key={label} array={array} label={label} count={count} action={action} />
      ))}
      <NewArrayLink from={{ like: numberOf(array) }} />
    </span>
  )
}

/** Holds an array, or releases it. */
function HoldButton({ array: { id, held } }: { array: ArraySummary }) {
  const text = useText()
  const change = useChangeArray(id)
  return (
    <>
      <Button icon="pause" disabled={change.isPending} onClick={() => change.mutate({ act: 'hold', held: !held })}>
        {text(held ? 'run.release' : 'run.hold')}
      </Button>
      {change.error && <Problem error={change.error} />}
    </>
  )
}

function CancelButton({ array: { id, name } }: { array: ArraySummary }) {
  const text = useText()
  const [asking, setAsking] = useState(false)
  const change = useChangeArray(id)
  return (
    <>
      <Button kind="danger" icon="stop" disabled={change.isPending} onClick={() => setAsking(true)}>
        {text('array.cancel')}
      </Button>
      {change.error && <Problem error={change.error} />}
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={text('array.cancel.ask', { array: name })}
        body={text('array.cancel.body')}
        keep={text('array.cancel.keep')}
        act={text('array.cancel')}
        onAct={() => change.mutate({ act: 'cancel' })}
      />
    </>
  )
}

interface RetryButtonProps extends Again {
  array: ArraySummary
  /** A button in a row of a table. */
  quiet?: boolean
}

/** Has tasks run again, after a question with their number. */
export function RetryButton({ array: { id, name }, label, count, action, quiet = false }: RetryButtonProps) {
  const text = useText()
  const format = useFormat()
  const [asking, setAsking] = useState(false)
  const change = useChangeArray(id)
  return (
    <>
      <Button kind={quiet ? 'quiet' : 'plain'} icon="again" disabled={change.isPending} onClick={() => setAsking(true)}>
        {text(label)}
      </Button>
      {change.error && <Problem error={change.error} />}
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={text('array.retry.ask', { array: name, count: count === 1 ? 1 : format.count(count) })}
        body={text('array.retry.body')}
        keep={text('array.retry.keep')}
        act={text(label)}
        onAct={() => change.mutate(action)}
      />
    </>
  )
}
