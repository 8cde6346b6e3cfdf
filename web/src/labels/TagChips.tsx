// Tags in a cell of the list of runs: a click on a tag filters the list by it.
import { Link } from '@tanstack/react-router'
import { useText } from '../messages/catalogue'
import style from './Labels.module.css'

export function TagChips({ tags }: { tags: readonly string[] }) {
  const text = useText()
  return tags.map((tag) => (
    <Link
      key={tag}
      to="/runs"
      search={(before) => ({ ...before, tag })}
      tabIndex={-1}
      className={style.chip}
      title={text('tag.show', { tag })}
    >
      {tag}
    </Link>
  ))
}
