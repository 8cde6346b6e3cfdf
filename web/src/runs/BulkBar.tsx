// The actions for the selected runs: tag, archive, cancel, delete. Each is offered for the runs to which it applies, and its
// result stays visible.
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { compared_max } from '../api/comparison'
import { keys } from '../api/keys'
import { changeLabels } from '../api/labels'
import { mayChange, owns } from '../api/permissions'
import { cancelRun, deleted_max, runKeys } from '../api/runs'
import { useMe } from '../api/server'
import type { ChangeLabels, RunSummary } from '../api/types'
import { type MessageKey, useText } from '../messages/catalogue'
import { Button } from '../parts/Button'
import { ConfirmDialog } from '../parts/ConfirmDialog'
import { hasEnded } from '../parts/run_state'
import style from './BulkBar.module.css'
import { BulkTags } from './BulkTags'
import { actOnAll, type BulkOutcome, handlesOf, refusalReason, shownHandles } from './bulk'
import { DeleteDialog } from './DeleteDialog'

interface BulkBarProps {
  /** The selected runs of the list. */
  selected: RunSummary[]
  /** Whether the list shows any runs. */
  isListed: boolean
  /** Keeps only these runs selected. */
  onKeep: (handles: string[]) => void
  /** Opens the comparison of these runs. */
  onCompare?: (handles: string[]) => void
}

type BulkAction = 'tag' | 'archive' | 'unarchive' | 'cancel'

interface BulkRequest {
  action: BulkAction
  runs: RunSummary[]
  change?: ChangeLabels
}

export function BulkBar({ selected, isListed, onKeep, onCompare }: BulkBarProps) {
  const text = useText()
  const me = useMe().data
  const client = useQueryClient()
  const [asking, setAsking] = useState<'cancel' | 'tag' | 'delete'>()
  const [deleted, setDeleted] = useState<number>()
  const act = useMutation({
    mutationFn: ({ action, runs, change }: BulkRequest) =>
      actOnAll(
        handlesOf(runs),
        (handle) => (action === 'cancel' ? cancelRun(handle) : changeLabels(handle, change ?? {})),
        (error) => refusalReason(error, text),
        // A running run cannot be archived: it is not tried, but reported.
        action === 'archive' ? [{ reason: text('archive.live'), handles: handlesOf(live) }] : [],
      ),
    onSuccess: ({ refused }, { action, runs }) => {
      for (const queryKey of [runKeys.all, keys.overview, keys.tags, runKeys.anyOne])
        client.invalidateQueries({ queryKey })
      // Only refused runs stay selected; after tagging all runs stay selected for the next action.
      if (action !== 'tag') onKeep(refused.flatMap(({ handles }) => handles))
      else onKeep(handlesOf(runs))
    },
  })
  const changeable = selected.filter((run) => mayChange(me, run.project))
  const live = changeable.filter((run) => !hasEnded(run.state))
  const archivable = changeable.filter((run) => hasEnded(run.state) && !run.archived)
  const archived = changeable.filter((run) => run.archived)
  const deletable = selected.filter((run) => owns(me, run.project) && hasEnded(run.state))
  const resultLine = useRef<HTMLDivElement>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: a pressed button disappears together with the selection
  useEffect(() => {
    // The focus moves to the result, not to the top of the page.
    if ((act.isSuccess || deleted !== undefined) && document.activeElement === document.body)
      resultLine.current?.focus({ preventScroll: true })
  }, [act.isSuccess, deleted, selected.length])
  const outcome =
    deleted !== undefined ? (
      <div ref={resultLine} className={style.outcome} role="status" tabIndex={-1}>
        <p>{text('bulk.deleted', { count: deleted })}</p>
      </div>
    ) : (
      act.data && <Outcome ref={resultLine} action={act.variables.action} outcome={act.data} />
    )
  const start = (request: BulkRequest) => {
    setDeleted(undefined)
    act.mutate(request)
  }
  if (selected.length === 0)
    return outcome ?? (isListed ? <span className={style.keys}>{text('runs.keys')}</span> : null)
  return (
    <div className={style.place}>
      <div className={style.bar} role="toolbar" aria-label={text('bulk.label')}>
        <span>{text('runs.selected', { count: selected.length })}</span>
        {onCompare && (
          <Button
            kind="primary"
            icon="runs"
            disabled={selected.length > compared_max}
            onClick={() => onCompare(handlesOf(selected))}
          >
            {text('compare.selected', { count: selected.length })}
          </Button>
        )}
        {onCompare && selected.length > compared_max && (
          <span className={style.quiet}>{text('compare.selected.tooMany', { max: compared_max })}</span>
        )}
        {changeable.length > 0 && (
          <Button icon="tag" disabled={act.isPending} onClick={() => setAsking('tag')}>
            {text('bulk.tag')}
          </Button>
        )}
        {archivable.length > 0 && (
          <Button
            icon="archive"
            disabled={act.isPending}
            onClick={() => start({ action: 'archive', runs: archivable, change: { archived: true } })}
          >
            {text('bulk.archive', { count: archivable.length })}
          </Button>
        )}
        {archived.length > 0 && (
          <Button
            icon="archive"
            disabled={act.isPending}
            onClick={() => start({ action: 'unarchive', runs: archived, change: { archived: false } })}
          >
            {text('bulk.unarchive', { count: archived.length })}
          </Button>
        )}
        {live.length > 0 && (
          <Button kind="danger" icon="stop" disabled={act.isPending} onClick={() => setAsking('cancel')}>
            {text('runs.cancel', { count: live.length })}
          </Button>
        )}
        {deletable.length > 0 && (
          <Button
            kind="danger"
            icon="cross"
            disabled={act.isPending || deletable.length > deleted_max}
            title={deletable.length > deleted_max ? text('bulk.delete.tooMany', { max: deleted_max }) : undefined}
            onClick={() => setAsking('delete')}
          >
            {text('bulk.delete', { count: deletable.length })}
          </Button>
        )}
        {me !== undefined && changeable.length === 0 && <span className={style.quiet}>{text('bulk.look')}</span>}
        <Button kind="quiet" icon="cross" onClick={() => onKeep([])}>
          {text('bulk.clear')}
        </Button>
      </div>
      {outcome}
      <BulkTags
        open={asking === 'tag'}
        runs={changeable}
        onOpenChange={(open) => setAsking(open ? 'tag' : undefined)}
        onAct={(change) => {
          setAsking(undefined)
          start({ action: 'tag', runs: changeable, change })
        }}
      />
      <DeleteDialog
        runs={handlesOf(deletable)}
        open={asking === 'delete'}
        onOpenChange={(open) => setAsking(open ? 'delete' : undefined)}
        onDeleted={({ runs }) => {
          setDeleted(runs.length)
          const gone = new Set(runs.map(({ handle }) => handle))
          onKeep(handlesOf(selected).filter((handle) => !gone.has(handle)))
        }}
      />
      <ConfirmDialog
        open={asking === 'cancel'}
        onOpenChange={(open) => setAsking(open ? 'cancel' : undefined)}
        title={text('runs.cancel.ask', { count: live.length })}
        body={text('runs.cancel.body')}
        keep={text('runs.cancel.keep')}
        act={text('runs.cancel', { count: live.length })}
        onAct={() => start({ action: 'cancel', runs: live })}
      />
    </div>
  )
}

interface OutcomeProps {
  ref: React.Ref<HTMLDivElement>
  action: BulkAction
  outcome: BulkOutcome
}

/** How many runs the action changed, and how many were refused, in groups with their reasons. */
function Outcome({ ref, action, outcome }: OutcomeProps) {
  const text = useText()
  const { done, refused } = outcome
  return (
    <div ref={ref} className={style.outcome} role="status" tabIndex={-1}>
      {done.length > 0 && <p>{text(`bulk.done.${action}` satisfies MessageKey, { count: done.length })}</p>}
      {refused.map(({ reason, handles }) => (
        <p key={reason} className={style.refused}>
          {text('bulk.refused', { count: handles.length, reason, runs: shownHandles(handles) })}
        </p>
      ))}
    </div>
  )
}
