// Asks before runs are deleted. It first shows what will be erased, what stays, and what rests on the runs, and requires a
// reason.
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { keys } from '../api/keys'
import { type DeletedRuns, deleteRuns, runKeys, useDeletionPlan } from '../api/runs'
import { useFormat } from '../format/format'
import { useText } from '../messages/catalogue'
import { Answer } from '../parts/Answer'
import { FormDialog } from '../parts/FormDialog'
import { ReasonField, useReason } from '../parts/ReasonField'
import style from './DeleteDialog.module.css'

interface DeleteDialogProps {
  /** The handles of the runs. */
  runs: readonly string[]
  open: boolean
  onOpenChange: (open: boolean) => void
  onDeleted?: (deleted: DeletedRuns) => void
}

export function DeleteDialog({ runs, open, onOpenChange, onDeleted }: DeleteDialogProps) {
  const text = useText()
  const client = useQueryClient()
  const reason = useReason()
  const plan = useDeletionPlan(runs, open)
  const act = useMutation({
    mutationFn: (because: string) => deleteRuns(runs, because),
    onSuccess: (deleted) => {
      for (const queryKey of [runKeys.all, runKeys.anyOne, keys.overview, keys.tags])
        client.invalidateQueries({ queryKey })
      change(false)
      onDeleted?.(deleted)
    },
  })
  const change = (next: boolean) => {
    reason.clear()
    act.reset()
    onOpenChange(next)
  }
  return (
    <FormDialog
      open={open}
      onOpenChange={change}
      title={
        runs.length === 1
          ? text('delete.ask.one', { run: String(runs[0]) })
          : text('delete.ask', { count: runs.length })
      }
      body={text('delete.body')}
      act={text('delete.act', { count: runs.length })}
      danger
      busy={act.isPending}
      notYet={plan.data === undefined}
      error={act.error}
      onAct={() => {
        const because = reason.take()
        if (because !== undefined) act.mutate(because)
      }}
    >
      <Answer asked={plan} lines={3}>
        {(found) => <Plan plan={found} />}
      </Answer>
      <ReasonField label={text('delete.because')} reason={reason} />
    </FormDialog>
  )
}

/** The content that will be erased, and the objects that will stay. */
function Plan({ plan }: { plan: DeletedRuns }) {
  const text = useText()
  const format = useFormat()
  const sum = (of: (run: DeletedRuns['runs'][number]) => number) => plan.runs.reduce((all, run) => all + of(run), 0)
  const rests = sum((run) => run.rests_on_it)
  return (
    <ul className={style.plan}>
      <li>
        {text('delete.erases', { count: sum((run) => run.facts), log: format.bytes(sum((run) => run.log_bytes)) })}
      </li>
      <li>{text('delete.frees', { count: plan.freed_objects, size: format.bytes(plan.freed_bytes) })}</li>
      {plan.kept_objects > 0 && (
        <li>{text('delete.keeps', { count: plan.kept_objects, size: format.bytes(plan.kept_bytes) })}</li>
      )}
      <li data-warns={rests > 0 || undefined}>
        {rests > 0 ? text('delete.rests', { count: rests }) : text('delete.rests.none')}
      </li>
    </ul>
  )
}
