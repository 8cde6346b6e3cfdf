// Tags as chips: each leads to the runs with the tag, a button removes it, and a field adds more with Enter.
import { Link } from '@tanstack/react-router'
import { useId, useRef, useState } from 'react'
import { useTags } from '../api/labels'
import { useText } from '../messages/catalogue'
import { Icon } from '../parts/Icon'
import inputStyle from '../parts/Input.module.css'
import style from './Labels.module.css'
import { tagsIn, wrongTag } from './tag_rules'
import { useTagWrong } from './useTagWrong'

interface TagListProps {
  tags: readonly string[]
  mayChange: boolean
  onAdd: (tags: string[]) => void
  onRemove: (tag: string) => void
}

export function TagList({ tags, mayChange, onAdd, onRemove }: TagListProps) {
  const text = useText()
  const field = useRef<HTMLInputElement>(null)
  const remove = (tag: string) => {
    onRemove(tag)
    // The button disappears with its tag; the focus stays in the list.
    field.current?.focus()
  }
  return (
    <div className={style.tagLine}>
      {tags.length > 0 && (
        <ul className={style.tags} aria-label={text('labels.tags')}>
          {tags.map((tag) => (
            <li key={tag}>
              <Link to="/runs" search={{ tag }} title={text('tag.show', { tag })}>
                {tag}
              </Link>
              {mayChange && (
                <button type="button" aria-label={text('tag.remove', { tag })} onClick={() => remove(tag)}>
                  <Icon name="cross" size={11} />
                </button>
              )}
            </li>
          ))}
        </ul>
      )}
      {mayChange && <AddTag ref={field} tags={tags} onAdd={onAdd} />}
    </div>
  )
}

interface AddTagProps {
  ref: React.Ref<HTMLInputElement>
  tags: readonly string[]
  onAdd: (tags: string[]) => void
}

function AddTag({ ref, tags, onAdd }: AddTagProps) {
  const text = useText()
  const id = useId()
  const [typed, setTyped] = useState('')
  const [asked, setAsked] = useState(false)
  const [focused, setFocused] = useState(false)
  const known = useTags(undefined, focused).data ?? []
  const wanted = tagsIn(typed)
  const wrong = useTagWrong()(asked ? wrongTag(wanted) : undefined)
  const add = () => {
    setAsked(true)
    if (wrongTag(wanted) !== undefined) return
    const added = wanted.filter((tag) => !tags.includes(tag))
    if (added.length > 0) onAdd(added)
    setTyped('')
    setAsked(false)
  }
  return (
    <form
      className={style.addTag}
      onSubmit={(event) => {
        event.preventDefault()
        add()
      }}
    >
      <input
        ref={ref}
        className={inputStyle.input}
        list={`${id}-known`}
        spellCheck={false}
        autoComplete="off"
        enterKeyHint="done"
        value={typed}
        placeholder={text('tag.add')}
        aria-label={text('tag.add')}
        aria-describedby={`${id}-help`}
        aria-invalid={wrong !== undefined}
        title={text('tag.add.help')}
        onFocus={() => setFocused(true)}
        onChange={(event) => {
          setTyped(event.target.value)
          setAsked(false)
        }}
      />
      <datalist id={`${id}-known`}>
        {known
          .filter(({ tag }) => !tags.includes(tag))
          .map(({ tag }) => (
            <option key={tag} value={tag} />
          ))}
      </datalist>
      <p id={`${id}-help`} className={wrong ? inputStyle.wrong : 'visually-hidden'} role={wrong ? 'alert' : undefined}>
        {wrong ?? text('tag.add.help')}
      </p>
    </form>
  )
}
