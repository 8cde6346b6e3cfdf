// A field for a reason of a few lines, which the record keeps under the name of the user. The action requires it.
import { useEffect, useId, useRef, useState } from 'react'
import { useText } from '../messages/catalogue'
import inputStyle from './Input.module.css'

export interface Reason {
  value: string
  set: (value: string) => void
  /** The user tried to continue without a reason. */
  missing: boolean
  /** The reason, or undefined after marking that it is missing. */
  take: () => string | undefined
  clear: () => void
}

const reason_bytes = 4000

export function useReason(): Reason {
  const [value, setValue] = useState('')
  const [asked, setAsked] = useState(false)
  const said = value.trim()
  return {
    value,
    set: setValue,
    missing: asked && said === '',
    take: () => {
      setAsked(true)
      return said === '' ? undefined : said
    },
    clear: () => {
      setAsked(false)
      setValue('')
    },
  }
}

export function ReasonField({ label, reason, autoFocus }: { label: string; reason: Reason; autoFocus?: boolean }) {
  const text = useText()
  const id = useId()
  const field = useRef<HTMLTextAreaElement>(null)
  useEffect(() => {
    if (reason.missing) field.current?.focus()
  }, [reason.missing])
  return (
    <div className={inputStyle.field}>
      <label htmlFor={id}>{label}</label>
      <textarea
        ref={field}
        id={id}
        className={inputStyle.input}
        rows={2}
        maxLength={reason_bytes}
        required
        // biome-ignore lint/a11y/noAutofocus: the dialogue was opened to enter the reason
        autoFocus={autoFocus}
        value={reason.value}
        aria-invalid={reason.missing}
        aria-describedby={reason.missing ? `${id}-missing` : undefined}
        onChange={(event) => reason.set(event.target.value)}
        // Enter makes a new line, as in every field of several lines; with Ctrl or ⌘ it submits.
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return
          event.preventDefault()
          event.currentTarget.form?.requestSubmit()
        }}
      />
      {reason.missing && (
        <p id={`${id}-missing`} className={inputStyle.wrong} role="alert">
          {text('reason.missing')}
        </p>
      )}
    </div>
  )
}
