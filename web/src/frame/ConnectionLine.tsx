// The line at the top while the server cannot be reached. It appears after a delay, so that short interruptions are not
// shown.
import { useConnection } from '../live/connection'
import { useText } from '../messages/catalogue'
import style from './ConnectionLine.module.css'

export function ConnectionLine() {
  const text = useText()
  const lost = useConnection() === 'lost'
  return (
    <div className={style.place} role="status" aria-live="polite">
      {lost && (
        <p className={style.line} data-testid="connection-lost">
          {text('frame.lost')}
        </p>
      )}
    </div>
  )
}
