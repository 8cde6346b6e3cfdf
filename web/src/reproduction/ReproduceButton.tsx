// Begins to make a run again, and goes where that is followed. What cannot be begun has its verdict at once.
import { useNavigate } from '@tanstack/react-router'
import { useReproduce } from '../api/reproductions'
import type { RunDetail } from '../api/types'
import { useDeed } from '../frame/deeds'
import { useText } from '../messages/catalogue'
import { Button } from '../parts/Button'
import { Problem } from '../parts/Notice'
import { reproductionName } from './comparison'

export function ReproduceButton({ run }: { run: Pick<RunDetail, 'handle'> }) {
  const text = useText()
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
  useDeed({ id: `reproduce ${run.handle}`, label: text('reproduce.of', { run: run.handle }), icon: 'again' }, begin)
  return (
    <>
      <Button icon="again" disabled={reproduce.isPending} onClick={begin}>
        {text('reproduce')}
      </Button>
      {reproduce.error && <Problem error={reproduce.error} />}
    </>
  )
}
