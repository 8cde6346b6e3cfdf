// A confirmation before an action that cannot be undone.
import { AlertDialog } from '@base-ui/react/alert-dialog'
import { Button } from './Button'
import style from './Dialog.module.css'

interface ConfirmDialogProps {
  open: boolean
  onOpenChange: (open: boolean) => void
  title: string
  body: string
  /** The button that changes nothing. */
  keep: string
  /** The button that acts. */
  act: string
  onAct: () => void
}

export function ConfirmDialog({ open, onOpenChange, title, body, keep, act, onAct }: ConfirmDialogProps) {
  return (
    <AlertDialog.Root open={open} onOpenChange={onOpenChange}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className={style.backdrop} />
        <AlertDialog.Popup className={style.popup}>
          <AlertDialog.Title className={style.title}>{title}</AlertDialog.Title>
          <AlertDialog.Description className={style.body}>{body}</AlertDialog.Description>
          <div className={style.buttons}>
            <AlertDialog.Close render={<Button />}>{keep}</AlertDialog.Close>
            <Button
              kind="danger"
              onClick={() => {
                onOpenChange(false)
                onAct()
              }}
            >
              {act}
            </Button>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  )
}
