// The note on a run, with its author and time, and the field that edits it.
import { useEffect, useId, useRef, useState } from 'react'
import { useChangeLabels } from '../api/labels'
import type { RunNote } from '../api/types'
import { useFormat } from '../format/format'
import { useText } from '../messages/catalogue'
import { Button, IconButton } from '../parts/Button'
import inputStyle from '../parts/Input.module.css'
import { Problem } from '../parts/Notice'
import { Time } from '../parts/Time'
import style from './Labels.module.css'
import { bytesOf, noteBytes_max } from './tag_rules'

interface NotePartProps {
  note: RunNote | undefined
  name: string
  mayChange: boolean
  writing: boolean
  onWriting: (writing: boolean) => void
}

export function NotePart(props: NotePartProps) {
  const { writing, mayChange } = props
  const place = useRef<HTMLDivElement>(null)
  const wrote = useRef(false)
  useEffect(() => {
    // The field disappears; the focus stays at its position.
    if (wrote.current && !writing) place.current?.querySelector('button')?.focus()
    wrote.current = writing
  }, [writing])
  return (
    <div ref={place} className={writing || props.note ? style.wholeLine : undefined}>
      {writing && mayChange ? (
        <NoteForm note={props.note} name={props.name} onClose={() => props.onWriting(false)} />
      ) : (
        <ShownNote {...props} />
      )}
    </div>
  )
}

function ShownNote({ note, mayChange, onWriting }: NotePartProps) {
  const text = useText()
  if (!note) {
    return mayChange ? (
      <Button kind="quiet" icon="pencil" onClick={() => onWriting(true)}>
        {text('note.write')}
      </Button>
    ) : null
  }
  return (
    <div className={style.note} role="note" aria-label={text('note.title')}>
      {note.text == null ? (
        <p className={style.erased}>{text('note.erased')}</p>
      ) : (
        <p className={style.words}>{note.text}</p>
      )}
      <p className={style.by}>
        <span title={note.by.id}>{text('note.by', { user: note.by.name ?? note.by.kind })}</span> ·{' '}
        <Time at={note.time} />
        {mayChange && <IconButton icon="pencil" label={text('note.edit')} onClick={() => onWriting(true)} />}
      </p>
    </div>
  )
}

interface NoteFormProps {
  note: RunNote | undefined
  name: string
  onClose: () => void
}

function NoteForm({ note, name, onClose }: NoteFormProps) {
  const text = useText()
  const format = useFormat()
  const id = useId()
  const before = note?.text ?? ''
  const [draft, setDraft] = useState(before)
  const change = useChangeLabels(name)
  const written = draft.trimEnd()
  const tooLong = bytesOf(written) > noteBytes_max
  const keep = (words: string) => {
    // An unchanged note is not sent. An erased note has an empty text, too: an empty draft removes it.
    if (words === before && (words !== '' || !note)) onClose()
    else change.mutate({ note: words }, { onSuccess: onClose })
  }
  return (
    <form
      className={style.noteForm}
      onSubmit={(event) => {
        event.preventDefault()
        if (!tooLong && !change.isPending) keep(written)
      }}
    >
      <label className={inputStyle.field}>
        <span>{text('note.title')}</span>
        <textarea
          className={inputStyle.input}
          rows={4}
          // biome-ignore lint/a11y/noAutofocus: the user pressed the button to write
          autoFocus
          value={draft}
          aria-invalid={tooLong}
          aria-describedby={tooLong ? `${id}-long` : undefined}
          onChange={(event) => setDraft(event.target.value)}
          onKeyDown={(event) => {
            // While an input method composes characters, Escape cancels the composition.
            if (event.key === 'Escape' && !event.nativeEvent.isComposing) onClose()
            if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return
            event.preventDefault()
            event.currentTarget.form?.requestSubmit()
          }}
        />
      </label>
      {tooLong && (
        <p id={`${id}-long`} className={inputStyle.wrong} role="alert">
          {text('note.long', {
            most: format.count(noteBytes_max),
            has: format.count(bytesOf(written)),
          })}
        </p>
      )}
      {change.error && <Problem error={change.error} />}
      <div className={style.buttons}>
        <Button type="submit" kind="primary" disabled={change.isPending || tooLong}>
          {text('note.save')}
        </Button>
        <Button onClick={onClose}>{text('word.cancel')}</Button>
        {note && (
          <Button kind="danger" disabled={change.isPending} onClick={() => keep('')}>
            {text('note.remove')}
          </Button>
        )}
      </div>
    </form>
  )
}
