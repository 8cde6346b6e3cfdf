// What is refused because it would rest on something retracted can be done all the same by who says why. The reason
// stands in the record under the reader's name.
import { useText } from '../messages/catalogue'
import { Button } from '../parts/Button'
import { ReasonField, useReason } from '../parts/ReasonField'
import style from './Soundness.module.css'

interface DespiteFormProps {
  /** What does it. */
  act: string
  busy: boolean
  onAct: (because: string) => void
}

export function DespiteForm({ act, busy, onAct }: DespiteFormProps) {
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
