// The list of repairs, newest first: the subject, the user who started it, and the result.
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback } from 'react'
import { useMayChange } from '../api/permissions'
import { useCancelRepair, useRepairList } from '../api/repairs'
import type { RepairSummary } from '../api/types'
import { useBreadcrumb } from '../frame/Breadcrumb'
import { NodeLink } from '../lineage/NodeLink'
import { keyFor, useText } from '../messages/catalogue'
import { useSay } from '../messages/say'
import { Button } from '../parts/Button'
import { ListPage } from '../parts/ListPage'
import { Problem } from '../parts/Notice'
import { type RunState, StateShape } from '../parts/StateBadge'
import { Time } from '../parts/Time'

export function RepairsPage() {
  const text = useText()
  const { q = '' } = useSearch({ from: '/repairs' })
  const navigate = useNavigate({ from: '/repairs' })
  const onFilter = useCallback(
    (value: string) => navigate({ search: { q: value || undefined }, replace: true }),
    [navigate],
  )
  useBreadcrumb(undefined, text('nav.repairs'))
  return (
    <ListPage<RepairSummary>
      title={text('nav.repairs')}
      count={(count, more) => `${text('repairs.count', { count })}${more ? ' +' : ''}`}
      filter={{ label: text('repairs.filter'), value: q, onChange: onFilter }}
      asked={useRepairList(q)}
      keyOf={(repair) => repair.id}
      columns={[
        { title: text('repairs.repair'), cell: (repair) => repair.name },
        { title: text('repairs.state'), cell: (repair) => <State repair={repair} /> },
        { title: text('repairs.of'), cell: ({ of }) => <NodeLink node={of} /> },
        { title: text('repair.with'), wide: true, cell: (repair) => repair.with && <NodeLink node={repair.with} /> },
        { title: text('word.project'), wide: true, cell: ({ project }) => project },
        { title: text('repairs.begun'), wide: true, cell: ({ begun }) => <Time at={begun} /> },
        { title: text('repairs.by'), wide: true, cell: ({ begun_by: { name, kind } }) => name ?? kind },
      ]}
      none={{ text: text('repairs.none'), command: 'hven repair planets@1 --with planets@2' }}
      noneMatch={text('repairs.none.match')}
    />
  )
}

/** The state of a repair has the shape of the same state of a run. */
const shapes: Record<string, RunState> = {
  running: 'running',
  done: 'done',
  incomplete: 'failed',
  stopped: 'failed',
  cancelled: 'cancelled',
}

function State({ repair }: { repair: RepairSummary }) {
  const text = useText()
  const say = useSay()
  const mayChange = useMayChange(repair.project)
  const cancel = useCancelRepair()
  const { state, because, because_said } = repair
  const key = keyFor('repairs.state', state)
  return (
    <>
      <StateShape state={shapes[state] ?? 'lost'} /> {key ? text(key) : state}
      {because != null && <> {because_said ? say(because_said) : because}</>}
      {state === 'running' && mayChange && (
        <Button kind="quiet" icon="stop" disabled={cancel.isPending} onClick={() => cancel.mutate(repair.id)}>
          {text('repairs.cancel')}
        </Button>
      )}
      {cancel.error ? <Problem error={cancel.error} /> : null}
    </>
  )
}
