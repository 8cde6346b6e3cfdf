// The labels of a run, below its title: tags that lead to the runs with the same tag, and a note.
import { useChangeLabels } from '../api/labels'
import type { RunDetail } from '../api/types'
import { useText } from '../messages/catalogue'
import { Problem } from '../parts/Notice'
import style from './Labels.module.css'
import { NotePart } from './NotePart'
import { TagList } from './TagList'

interface LabelsPartProps {
  run: RunDetail
  /** The name of the run in the address. */
  name: string
  mayChange: boolean
  /** Whether the note is being edited. */
  writing: boolean
  onWriting: (writing: boolean) => void
}

export function LabelsPart({ run, name, mayChange, writing, onWriting }: LabelsPartProps) {
  const text = useText()
  const change = useChangeLabels(name)
  const tags = run.tags ?? []
  if (!mayChange && tags.length === 0 && !run.note) return null
  return (
    <section className={style.labels} aria-label={text('labels.title')}>
      <TagList
        tags={tags}
        mayChange={mayChange}
        onAdd={(added) => change.mutate({ add_tags: added })}
        onRemove={(tag) => change.mutate({ remove_tags: [tag] })}
      />
      {change.error && <Problem error={change.error} />}
      <NotePart
        note={run.note ?? undefined}
        name={name}
        mayChange={mayChange}
        writing={writing}
        onWriting={onWriting}
      />
    </section>
  )
}
