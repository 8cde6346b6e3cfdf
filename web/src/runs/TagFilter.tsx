// The tags that filter the list: each can be removed, and another added. A run in the list has all of them.
import { useTags } from '../api/labels'
import labelStyle from '../labels/Labels.module.css'
import { useText } from '../messages/catalogue'
import { Icon } from '../parts/Icon'
import inputStyle from '../parts/Input.module.css'
import { tagsOf } from './runs_search'

interface TagFilterProps {
  /** The tags as the address stores them. */
  value: string | undefined
  project: string | undefined
  onChange: (tag: string | undefined) => void
}

export function TagFilter({ value, project, onChange }: TagFilterProps) {
  const text = useText()
  const known = useTags(project).data ?? []
  const chosen = tagsOf(value)
  const set = (tags: string[]) => onChange(tags.length === 0 ? undefined : tags.join(','))
  const offered = known.filter(({ tag, runs }) => runs > 0 && !chosen.includes(tag))
  if (chosen.length === 0 && offered.length === 0) return null
  return (
    <>
      {offered.length > 0 && (
        <select
          className={inputStyle.select}
          value=""
          aria-label={text('labels.tags')}
          onChange={(event) => set([...chosen, event.target.value])}
        >
          <option value="">{text(chosen.length === 0 ? 'runs.tag.any' : 'runs.tag.another')}</option>
          {offered.map(({ tag, runs }) => (
            <option key={tag} value={tag}>
              {text('runs.tag.option', { tag, runs })}
            </option>
          ))}
        </select>
      )}
      {chosen.length > 0 && (
        <ul className={labelStyle.tags} aria-label={text('labels.tags')}>
          {chosen.map((tag) => (
            <li key={tag}>
              <span>{tag}</span>
              <button
                type="button"
                aria-label={text('runs.tag.drop', { tag })}
                onClick={() => set(chosen.filter((each) => each !== tag))}
              >
                <Icon name="cross" size={11} />
              </button>
            </li>
          ))}
        </ul>
      )}
    </>
  )
}
