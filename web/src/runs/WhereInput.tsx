// The condition that filters the list: an expression over metrics, parameters and fields, with completion. Under it stands
// why the server cannot read it, with the place and the name that was meant.
import { useEffect, useId, useMemo, useRef, useState } from 'react'
import type { RunColumns } from '../api/comparison'
import { useFormat } from '../format/format'
import { type MessageKey, useText } from '../messages/catalogue'
import { Button } from '../parts/Button'
import inputStyle from '../parts/Input.module.css'
import menuStyle from '../parts/Menu.module.css'
import style from './FilterInput.module.css'
import { completeWhere, type WhereOption } from './where_completion'
import { fixOf } from './where_problem'

interface WhereInputProps {
  value: string
  columns: RunColumns | undefined
  values: Readonly<Record<string, readonly string[]>>
  /** Why the server cannot read the condition. */
  refused: string | undefined
  onChange: (where: string) => void
}

/** A half-written condition is wrong; the server is asked when the reader pauses. */
const wait_ms = 900

export function WhereInput({ value, columns, values, refused, onChange }: WhereInputProps) {
  const text = useText()
  const [draft, setDraft] = useState(value)
  const [caret, setCaret] = useState(0)
  const [open, setOpen] = useState(false)
  const [active, setActive] = useState(-1)
  const input = useRef<HTMLInputElement>(null)
  const listId = useId()
  const helpId = useId()
  const latest = useRef(onChange)
  latest.current = onChange
  useEffect(() => setDraft(value), [value])
  useEffect(() => {
    if (draft.trim() === value) return
    const timer = setTimeout(() => latest.current(draft.trim()), wait_ms)
    return () => clearTimeout(timer)
  }, [draft, value])

  const { from, to, options } = useMemo(
    () => completeWhere(draft, caret, { columns: columns?.columns ?? [], fields: columns?.fields ?? [], values }),
    [draft, caret, columns, values],
  )
  const shown = open && options.length > 0
  const problem = draft.trim() === value ? refused : undefined
  const fix = problem === undefined ? undefined : fixOf(problem, value)

  const accept = ({ insert }: WhereOption) => {
    const space = insert.endsWith('(') ? '' : ' '
    const next = `${draft.slice(0, from)}${insert}${space}${draft.slice(to).trimStart()}`
    const place = from + insert.length + space.length
    setDraft(next)
    setCaret(place)
    setActive(-1)
    setOpen(true)
    requestAnimationFrame(() => input.current?.setSelectionRange(place, place))
  }

  function onKeyDown(event: React.KeyboardEvent) {
    const chosen = options[active]
    if (!shown && event.key === 'ArrowDown' && options.length > 0) {
      event.preventDefault()
      setOpen(true)
      setActive(0)
    } else if (shown && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) {
      event.preventDefault()
      const step = event.key === 'ArrowDown' ? 1 : -1
      setActive((active + step + options.length) % options.length)
    } else if (shown && (event.key === 'Enter' || event.key === 'Tab') && chosen !== undefined) {
      event.preventDefault()
      accept(chosen)
    } else if (event.key === 'Enter') {
      setOpen(false)
      onChange(draft.trim())
    } else if (event.key === 'Escape') {
      setOpen(false)
    }
  }

  return (
    <div className={`${style.filter} ${style.where}`}>
      <input
        ref={input}
        className={inputStyle.input}
        type="text"
        role="combobox"
        spellCheck={false}
        autoComplete="off"
        autoCapitalize="off"
        value={draft}
        placeholder={text('runs.where.placeholder')}
        aria-label={text('runs.where')}
        aria-describedby={helpId}
        aria-expanded={shown}
        aria-controls={listId}
        aria-autocomplete="list"
        aria-activedescendant={shown && active >= 0 ? `${listId}-${active}` : undefined}
        aria-invalid={problem !== undefined}
        onChange={(event) => {
          setDraft(event.target.value)
          setCaret(event.target.selectionStart ?? event.target.value.length)
          setOpen(true)
          setActive(-1)
        }}
        onSelect={(event) => setCaret(event.currentTarget.selectionStart ?? 0)}
        onKeyDown={onKeyDown}
        onBlur={() => {
          setOpen(false)
          if (draft.trim() !== value) onChange(draft.trim())
        }}
      />
      <div
        id={listId}
        role="listbox"
        aria-label={text('runs.where')}
        className={`${menuStyle.popup} ${style.words}`}
        hidden={!shown}
      >
        {options.map((option, at) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field keeps the focus and handles the keys
          <div
            key={`${option.of} ${option.insert}`}
            id={`${listId}-${at}`}
            role="option"
            tabIndex={-1}
            aria-selected={at === active}
            data-highlighted={at === active || undefined}
            className={menuStyle.item}
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => accept(option)}
          >
            <code>{option.insert}</code>
            <Detail option={option} />
          </div>
        ))}
      </div>
      <div id={helpId}>
        {problem !== undefined ? (
          <div className={style.problem} role="alert">
            <pre>{problem}</pre>
            {fix && <Button onClick={() => onChange(fix.where)}>{text('runs.where.fix', { name: fix.name })}</Button>}
          </div>
        ) : (
          <span className="visually-hidden">{text('runs.where.help')}</span>
        )}
      </div>
    </div>
  )
}

function Detail({ option: { of, column } }: { option: WhereOption }) {
  const text = useText()
  const format = useFormat()
  if (of === 'operator' || of === 'value') return null
  const kind = text(`runs.where.${of}` satisfies MessageKey)
  const range =
    column?.low == null || column.high == null
      ? ''
      : ` · ${format.value(column.low, 3)} … ${format.value(column.high, 3)}`
  return (
    <small className={style.detail}>
      {kind}
      {column && ` · ${text('runs.where.runs', { count: column.runs })}${range}`}
    </small>
  )
}
