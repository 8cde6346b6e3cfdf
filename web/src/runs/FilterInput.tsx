// The filter of the list: a text field for words. It completes `state:`, `project:` and `tag:`, and passes these on as
// separate filters. It waits a moment before it asks the server.
import { useCallback, useEffect, useId, useRef, useState } from 'react'
import { useText } from '../messages/catalogue'
import inputStyle from '../parts/Input.module.css'
import menuStyle from '../parts/Menu.module.css'
import { completionAt, type FilterWords, readFilter } from './completion'
import style from './FilterInput.module.css'

interface FilterInputProps {
  /** The words of the filter. */
  value: string
  projects: string[]
  tags: string[]
  /** Why the server could not read the filter. */
  refused?: string
  onChange: (filter: FilterWords) => void
}

const wait_ms = 350

export function FilterInput({ value, projects, tags, refused, onChange }: FilterInputProps) {
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

  /** Passes the filter on. A `state:…` leaves the field: it is shown next to it and can be removed there. */
  const handOn = useCallback((typed: string): string => {
    const { q, ...taken } = readFilter(typed)
    latest.current({ q, ...taken })
    const left = Object.keys(taken).length === 0 ? typed : q === '' ? '' : `${q} `
    setDraft(left)
    return left
  }, [])

  // A space at the end stays while the user types.
  useEffect(() => setDraft((typed) => (readFilter(typed).q === value && !typed.includes(':') ? typed : value)), [value])
  useEffect(() => {
    // The word that the user is typing may become a `state:…`: wait for its end.
    if (draft.trim() === value || /:\S*$/.test(draft)) return
    const timer = setTimeout(() => handOn(draft), wait_ms)
    return () => clearTimeout(timer)
  }, [draft, value, handOn])

  const { from, to, words } = completionAt(draft, caret, { projects, tags })
  const shown = open && words.length > 0
  const accept = (word: string) => {
    const left = handOn(`${draft.slice(0, from)}${word} ${draft.slice(to).trimStart()}`)
    const place = left.length
    setCaret(place)
    setActive(-1)
    requestAnimationFrame(() => input.current?.setSelectionRange(place, place))
  }

  function onKeyDown(event: React.KeyboardEvent) {
    const chosen = words[active]
    if (shown && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) {
      event.preventDefault()
      const step = event.key === 'ArrowDown' ? 1 : -1
      setActive((active + step + words.length) % words.length)
    } else if (shown && (event.key === 'Enter' || event.key === 'Tab') && chosen !== undefined) {
      event.preventDefault()
      accept(chosen)
    } else if (event.key === 'Enter') {
      setOpen(false)
      handOn(draft)
    } else if (event.key === 'Escape') {
      setOpen(false)
    }
  }

  return (
    <div className={style.filter}>
      <input
        ref={input}
        className={inputStyle.input}
        type="text"
        role="combobox"
        spellCheck={false}
        autoComplete="off"
        value={draft}
        placeholder={text('runs.filter.placeholder')}
        aria-label={text('runs.filter')}
        aria-describedby={helpId}
        aria-expanded={shown}
        aria-controls={listId}
        aria-autocomplete="list"
        aria-activedescendant={shown && active >= 0 ? `${listId}-${active}` : undefined}
        aria-invalid={refused !== undefined}
        onChange={(event) => {
          setDraft(event.target.value)
          setCaret(event.target.selectionStart ?? event.target.value.length)
          setOpen(true)
          setActive(-1)
        }}
        onKeyDown={onKeyDown}
        onBlur={() => setOpen(false)}
      />
      <div
        id={listId}
        role="listbox"
        aria-label={text('runs.filter')}
        className={`${menuStyle.popup} ${style.words}`}
        hidden={!shown}
      >
        {words.map((word, at) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field keeps the focus and handles the keys
          <div
            key={word}
            id={`${listId}-${at}`}
            role="option"
            tabIndex={-1}
            aria-selected={at === active}
            data-highlighted={at === active || undefined}
            className={menuStyle.item}
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => accept(word)}
          >
            <code>{word}</code>
          </div>
        ))}
      </div>
      <p id={helpId} className={refused ? style.refused : 'visually-hidden'} role={refused ? 'alert' : undefined}>
        {refused ?? text('runs.filter.help')}
      </p>
    </div>
  )
}
