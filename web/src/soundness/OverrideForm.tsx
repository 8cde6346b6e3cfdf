// A form to override a refusal: the server refuses an action that would rest on a retracted thing, unless the user
// gives a reason. The record keeps the reason under the name of the user.
import { useText } from '../messages/catalogue'
import { Button } from '../parts/Button'
import { ReasonField, useReason } from '../parts/ReasonField'
import style from './Soundness.module.css'

interface OverrideFormProps {
  /** The label of the button that acts. */
  act: string
  busy: boolean
  onAct: (because: string) => void
}

export function OverrideForm({ act, busy, onAct }: OverrideFormProps) {
  const text = useText()
  const reason = useReason()
  return (
    <form
      className={style.despite}
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        const because = reason.take()
        if (because !== undefined) onAct(because)
      }}
    >
      <ReasonField label={text('despite.because')} reason={reason} autoFocus />
      <div>
        <Button type="submit" kind="danger" disabled={busy}>
          {act}
        </Button>
      </div>
    </form>
  )
}
