// Notes about the recording of code and inputs, for example that something is not recorded.
import type { CaptureNote, RunDetail } from '../api/types'
import { keyFor, type Text, useText } from '../messages/catalogue'
import style from '../parts/NounPage.module.css'

export function CaptureNotes({ run }: { run: RunDetail }) {
  const text = useText()
  const notes = run.capture_notes ?? []
  if (notes.length === 0) return null
  return (
    <details className={style.notes}>
      <summary>{text('run.capture', { count: notes.length })}</summary>
      <ul>
        {notes.map((note) => (
          <li key={`${note.kind} ${note.path} ${'handle' in note ? note.handle : ''}`}>
            {captureSentence(note, text)}
          </li>
        ))}
      </ul>
    </details>
  )
}

function captureSentence(note: CaptureNote, text: Text): string {
  const key = keyFor('run.capture', note.kind)
  return key ? text(key, note) : `${note.kind}: ${(note as CaptureNote).path}`
}
