// The button and dialogue that retract a thing. The dialogue first shows everything downstream, and requires a reason.
import { useState } from 'react'
import { useMayChange } from '../api/permissions'
import { useReach, useRetract } from '../api/soundness'
import { usePageAction } from '../frame/page_actions'
import { useText } from '../messages/catalogue'
import { Button } from '../parts/Button'
import { FormDialog } from '../parts/FormDialog'
import { ReasonField, useReason } from '../parts/ReasonField'
import { soundnessOf } from '../parts/SoundnessMark'
import { DownstreamList } from './DownstreamList'

interface RetractButtonProps {
  /** The name of the thing for the server. */
  of: string
  /** The name of the thing for readers. */
  called: string
  soundness: string | undefined
  project: string
}

export function RetractButton({ of, called, soundness, project }: RetractButtonProps) {
  const text = useText()
  const [open, setOpen] = useState(false)
  // A retracted thing has a banner at the top of its page instead.
  const isOffered = useMayChange(project) && soundnessOf(soundness) !== 'retracted'
  usePageAction(isOffered ? { id: 'retract', label: text('retract.of', { called }), icon: 'retract' } : undefined, () =>
    setOpen(true),
  )
  if (!isOffered && !open) return null
  return (
    <>
      <Button kind="danger" onClick={() => setOpen(true)}>
        {text('retract')}
      </Button>
      <RetractDialog of={of} called={called} open={open} onOpenChange={setOpen} />
    </>
  )
}

interface RetractDialogProps {
  of: string
  called: string
  open: boolean
  onOpenChange: (open: boolean) => void
}

function RetractDialog({ of, called, open, onOpenChange }: RetractDialogProps) {
  const text = useText()
  const reason = useReason()
  const retract = useRetract(of)
  const reach = useReach(of, 'consequences', open)
  const act = () => {
    const because = reason.take()
    if (because !== undefined) retract.mutate(because, { onSuccess: () => change(false) })
  }
  const change = (next: boolean) => {
    reason.clear()
    retract.reset()
    onOpenChange(next)
  }
  return (
    <FormDialog
      open={open}
      onOpenChange={change}
      title={text('retract.ask', { called })}
      body={text('retract.body')}
      act={text('retract.act')}
      danger
      busy={retract.isPending}
      notYet={reach.data === undefined}
      error={retract.error}
      onAct={act}
    >
      <DownstreamList of={of} />
      <ReasonField label={text('retract.because')} reason={reason} />
    </FormDialog>
  )
}
