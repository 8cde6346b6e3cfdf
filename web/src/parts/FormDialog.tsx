// A dialogue with a form before an action. Esc and the first button change nothing; an error is shown inside, and the
// typed text stays.
import { Dialog } from '@base-ui/react/dialog'
import { useRef } from 'react'
import { useText } from '../messages/catalogue'
import { Button } from './Button'
import style from './Dialog.module.css'
import { Problem } from './Notice'

interface FormDialogProps {
  open: boolean
  onOpenChange: (open: boolean) => void
  title: string
  body?: React.ReactNode
  /** The button that acts. */
  act: string
  danger?: boolean
  /** The action is running. */
  busy?: boolean
  /**
   * The action is not possible yet: the content that the reader must see first is loading, or the server would refuse.
   */
  notYet?: boolean
  error?: unknown
  onAct: () => void
  children: React.ReactNode
}

export function FormDialog(props: FormDialogProps) {
  const { open, onOpenChange, title, body, act, danger = false, busy, notYet, error, onAct, children } = props
  const text = useText()
  const popup = useRef<HTMLDivElement>(null)
  return (
    <Dialog.Root open={open} onOpenChange={onOpenChange}>
      <Dialog.Portal>
        <Dialog.Backdrop className={style.backdrop} />
        <Dialog.Popup
          ref={popup}
          className={style.wide}
          initialFocus={() => popup.current?.querySelector<HTMLElement>('select, textarea, input') ?? true}
        >
          <form
            className={style.form}
            noValidate
            onSubmit={(event) => {
              event.preventDefault()
              if (!busy && !notYet) onAct()
            }}
          >
            <Dialog.Title className={style.title}>{title}</Dialog.Title>
            {body && (
              <Dialog.Description className={style.body} render={<div />}>
                {body}
              </Dialog.Description>
            )}
            {children}
            {error ? <Problem error={error} /> : null}
            <div className={style.buttons}>
              <Dialog.Close render={<Button />}>{text('word.cancel')}</Dialog.Close>
              <Button type="submit" kind={danger ? 'danger' : 'primary'} disabled={busy || notYet}>
                {act}
              </Button>
            </div>
          </form>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}
