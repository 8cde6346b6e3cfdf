// Begins to make a run again, and goes where that is followed. What cannot be begun has its verdict at once.
import { useNavigate } from '@tanstack/react-router'
import { mayChange, mayRunCommands } from '../api/may'
import { useReproduce } from '../api/reproductions'
import { useMe } from '../api/server'
import type { RunDetail } from '../api/types'
import { useDeed } from '../frame/deeds'
import { useText } from '../messages/catalogue'
import { Button } from '../parts/Button'
import { Problem } from '../parts/Notice'
import { reproductionName } from './comparison'

/** `spec` says whether it is a command, which needs a permission of its own; of a run in a list it is not known. */
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
  useDeed(isOffered && !isForbidden ? { id: `reproduce ${run.handle}`, label, icon: 'again' } : undefined, begin)
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
