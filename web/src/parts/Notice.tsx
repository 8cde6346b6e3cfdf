// The text of a page without content: what would be shown here and the command that makes it, or the error and what to
// do.
import { ApiError } from '../api/error'
import { keyFor, useText } from '../messages/catalogue'
import { useLanguage } from '../messages/language'
import { Button } from './Button'
import { Command } from './Copyable'
import style from './Notice.module.css'

export function Empty({ children, command }: { children: React.ReactNode; command?: string }) {
  return (
    <div className={style.empty}>
      <p>{children}</p>
      {command && <Command value={command} />}
    </div>
  )
}

export function Problem({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const text = useText()
  const language = useLanguage()
  const known = error instanceof ApiError
  // The server explains in English; a reader of another language first gets the text for the error code.
  const key = known && language !== 'en' ? keyFor('problem', error.code) : undefined
  return (
    <div className={style.problem} role="alert">
      {key && <p className={style.what}>{text(key)}</p>}
      <div lang={key && 'en'} className={key ? style.exact : undefined}>
        <p className={key ? undefined : style.what}>{known ? error.message : text('error.page')}</p>
        <p>{known ? error.hint : text('error.page.hint')}</p>
      </div>
      {!known && <code>{String(error)}</code>}
      {known && error.code && <code>{error.code}</code>}
      {onRetry && <Button onClick={onRetry}>{text('word.tryAgain')}</Button>}
    </div>
  )
}

/** The placeholder for `lines` lines while they are loading. */
export function Placeholder({ lines = 3 }: { lines?: number }) {
  const text = useText()
  const widths = ['92%', '78%', '85%', '64%', '88%', '71%']
  return (
    <div className={style.placeholder} role="status" aria-label={text('word.loading')}>
      {Array.from({ length: lines }, (_, line) => (
        <span
          key={widths[line % widths.length]?.concat(String(line))}
          style={{ width: widths[line % widths.length] }}
        />
      ))}
    </div>
  )
}
