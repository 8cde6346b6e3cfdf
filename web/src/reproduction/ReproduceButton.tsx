// Starts a reproduction and opens the page that follows it. A run that cannot be reproduced gets its verdict at once.
import { useNavigate } from '@tanstack/react-router'
import { mayChange, mayRunCommands } from '../api/permissions'
import { useReproduce } from '../api/reproductions'
import { useMe } from '../api/server'
import type { RunDetail } from '../api/types'
import { usePageAction } from '../frame/page_actions'
import { useText } from '../messages/catalogue'
import { Button } from '../parts/Button'
import { Problem } from '../parts/Notice'
import { reproductionName } from './comparison'

/** `spec` shows whether the run is a command, which needs a separate permission; it is unknown for a run in a list. */
type Reproducible = Pick<RunDetail, 'handle' | 'project'> & Partial<Pick<RunDetail, 'spec'>>

export function ReproduceButton({ run }: { run: Reproducible }) {
  const text = useText()
  const me = useMe().data
  const navigate = useNavigate()
  const reproduce = useReproduce(run.handle)
  const begin = () =>
    reproduce.mutate(undefined, {
      onSuccess: ({ again, verdict }) =>
        navigate({
          to: '/r/$run',
          params: { run: run.handle },
          search: { tab: 'reproductions', made: again?.handle ?? (verdict ? reproductionName(verdict) : undefined) },
        }),
    })
  const isCommand = run.spec != null && run.spec.recipe == null
  const isForbidden = isCommand && !mayRunCommands(me, run.project)
  const isOffered = mayChange(me, run.project)
  const label = text('reproduce.of', { run: run.handle })
  usePageAction(isOffered && !isForbidden ? { id: `reproduce ${run.handle}`, label, icon: 'again' } : undefined, begin)
  if (!isOffered) return null
  return (
    <>
      <Button
        icon="again"
        disabled={reproduce.isPending || isForbidden}
        title={isForbidden ? text('reproduce.forbidden') : undefined}
        onClick={begin}
      >
        {text('reproduce')}
      </Button>
      {reproduce.error && <Problem error={reproduce.error} />}
    </>
  )
}
