// Cancels all chosen runs that have not ended, after asking once.
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { cancelRun } from '../api/runs'
import type { RunSummary } from '../api/types'
import { useText } from '../messages/catalogue'
import { AskDialog } from '../parts/AskDialog'
import { Button } from '../parts/Button'
import { Problem } from '../parts/Notice'
import { hasEnded } from '../parts/run_state'
import style from './BulkCancel.module.css'

interface BulkCancelProps {
  runs: RunSummary[]
  chosen: ReadonlySet<string>
  onDone: () => void
}

const atOnce = 8

async function cancelAll(handles: string[]) {
  for (let from = 0; from < handles.length; from += atOnce)
    await Promise.all(handles.slice(from, from + atOnce).map(cancelRun))
}

export function BulkCancel({ runs, chosen, onDone }: BulkCancelProps) {
  const text = useText()
  const [asking, setAsking] = useState(false)
  const cancel = useMutation({ mutationFn: cancelAll, onSuccess: onDone })
  const live = runs.filter((run) => chosen.has(run.handle) && !hasEnded(run.state)).map((run) => run.handle)
  return (
    <div className={style.bulk} role="toolbar" aria-label={text('runs.selected', { count: chosen.size })}>
      <span>{text('runs.selected', { count: chosen.size })}</span>
      {live.length > 0 && (
        <Button kind="danger" icon="stop" disabled={cancel.isPending} onClick={() => setAsking(true)}>
          {text('runs.cancel', { count: live.length })}
        </Button>
      )}
      {cancel.error && <Problem error={cancel.error} />}
      <AskDialog
        open={asking}
        onOpenChange={setAsking}
        title={text('runs.cancel.ask', { count: live.length })}
        body={text('runs.cancel.body')}
        keep={text('runs.cancel.keep')}
        act={text('runs.cancel', { count: live.length })}
        onAct={() => cancel.mutate(live)}
      />
    </div>
  )
}
