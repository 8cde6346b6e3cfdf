// A field of the form of an array: its label, a note, and what the server refuses about it.
import { useId } from 'react'
import { useText } from '../messages/catalogue'
import inputStyle from '../parts/Input.module.css'
import style from './NewArray.module.css'

interface DraftFieldProps {
  label: string
  note?: string
  value: string
  onChange: (value: string) => void
  wrong?: readonly string[]
  required?: boolean
  /** A path or a word in each line. */
  lines?: number
  code?: boolean
  placeholder?: string
  inputMode?: 'numeric'
}

export function DraftField(props: DraftFieldProps) {
  const { label, note, value, onChange, wrong = [], required, lines, code, placeholder, inputMode } = props
  const text = useText()
  const id = useId()
  const given = {
    id,
    value,
    required,
    placeholder,
    inputMode,
    spellCheck: false,
    autoComplete: 'off',
    className: `${inputStyle.input} ${code ? style.code : ''}`,
    'aria-invalid': wrong.length > 0,
    'aria-describedby': note || wrong.length > 0 ? `${id}-note` : undefined,
    onChange: (event: { target: { value: string } }) => onChange(event.target.value),
  }
  return (
    <div className={inputStyle.field}>
      <label htmlFor={id}>
        {label}
        {required && ` (${text('recipe.required')})`}
      </label>
      {lines === undefined ? <input {...given} /> : <textarea {...given} rows={lines} />}
      {(note || wrong.length > 0) && (
        <div id={`${id}-note`}>
          {note && <p className={style.note}>{note}</p>}
          <Refusals of={wrong} />
        </div>
      )}
    </div>
  )
}

/** Refusals of the server, which writes English. */
export function Refusals({ of }: { of: readonly string[] }) {
  return of.map((message) => (
    <p key={message} lang="en" className={inputStyle.wrong} role="alert">
      {message}
    </p>
  ))
}
