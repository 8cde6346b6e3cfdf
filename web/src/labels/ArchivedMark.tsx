// Shows that a run is archived: an icon and the word.
import { useText } from '../messages/catalogue'
import { Icon } from '../parts/Icon'
import style from './Labels.module.css'

/** Without room for the word, screen readers read it and a tooltip shows it. */
export function ArchivedIcon() {
  const text = useText()
  return (
    <span className={style.archivedIcon} title={text('archive.archived')}>
      <Icon name="archive" size={13} />
      <span className="visually-hidden">{text('archive.archived')}</span>
    </span>
  )
}

export function ArchivedMark() {
  const text = useText()
  return (
    <span className={style.archived} title={text('archive.archived.title')}>
      <Icon name="archive" size={13} />
      {text('archive.archived')}
    </span>
  )
}
