// Asks which tags to add to the selected runs, and which to remove.
import { useId, useState } from 'react'
import { useTags } from '../api/labels'
import type { ChangeLabels, RunSummary } from '../api/types'
import { tagsIn, wrongTag } from '../labels/tag_rules'
import { useTagWrong } from '../labels/useTagWrong'
import { useText } from '../messages/catalogue'
import { FormDialog } from '../parts/FormDialog'
import inputStyle from '../parts/Input.module.css'
import style from './BulkBar.module.css'

interface BulkTagsProps {
  open: boolean
  runs: RunSummary[]
  onOpenChange: (open: boolean) => void
  onAct: (change: ChangeLabels) => void
}

/** The tags that at least one of the runs has. */
export const tagsOnAny = (runs: readonly RunSummary[]): string[] =>
  [...new Set(runs.flatMap(({ tags }) => tags ?? []))].sort()

export function BulkTags({ open, runs, onOpenChange, onAct }: BulkTagsProps) {
  const text = useText()
  const tagWrong = useTagWrong()
  const id = useId()
  const known = useTags(undefined, open).data ?? []
  const [typed, setTyped] = useState('')
  const [removed, setRemoved] = useState<ReadonlySet<string>>(new Set())
  const [asked, setAsked] = useState(false)
  const present = tagsOnAny(runs)
  const added = tagsIn(typed)
  const taken = present.filter((tag) => removed.has(tag))
  const both = added.find((tag) => taken.includes(tag))
  const wrong =
    tagWrong(wrongTag(added)) ??
    (both !== undefined ? text('bulk.tag.both', { tag: both }) : undefined) ??
    (added.length + taken.length === 0 ? text('bulk.tag.nothing') : undefined)
  const change = (next: boolean) => {
    setTyped('')
    setRemoved(new Set())
    setAsked(false)
    onOpenChange(next)
  }
  const act = () => {
    setAsked(true)
    if (wrong !== undefined) return
    const wanted = { add_tags: added, remove_tags: taken }
    change(false)
    onAct(wanted)
  }
  return (
    <FormDialog
      open={open}
      onOpenChange={change}
      title={text('bulk.tag.title', { count: runs.length })}
      act={text('bulk.tag.act')}
      onAct={act}
    >
      <div className={inputStyle.field}>
        <label htmlFor={id}>{text('bulk.tag.add')}</label>
        <input
          id={id}
          className={inputStyle.input}
          list={`${id}-known`}
          spellCheck={false}
          autoComplete="off"
          value={typed}
          aria-invalid={asked && wrong !== undefined}
          aria-describedby={asked && wrong ? `${id}-wrong` : undefined}
          onChange={(event) => setTyped(event.target.value)}
        />
        <datalist id={`${id}-known`}>
          {known.map(({ tag }) => (
            <option key={tag} value={tag} />
          ))}
        </datalist>
      </div>
      {present.length > 0 && (
        <fieldset className={style.removed}>
          <legend>{text('bulk.tag.remove')}</legend>
          {present.map((tag) => (
            <label key={tag}>
              <input
                type="checkbox"
                checked={removed.has(tag)}
                onChange={() => {
                  const next = new Set(removed)
                  if (!next.delete(tag)) next.add(tag)
                  setRemoved(next)
                }}
              />
              {tag}
            </label>
          ))}
        </fieldset>
      )}
      {asked && wrong && (
        <p id={`${id}-wrong`} className={inputStyle.wrong} role="alert">
          {wrong}
        </p>
      )}
    </FormDialog>
  )
}
