// The tags with values and the note that another program set on a run, such as MLflow. Each leads to the runs with the same value.
import { Link } from '@tanstack/react-router'
import type { RunDetail } from '../api/types'
import { useText } from '../messages/catalogue'
import { quantityName } from '../runs/quantity_name'
import style from './Labels.module.css'

const noteTag = 'mlflow.note.content'
/** Tags that MLflow itself sets: user, source and version of the program. */
const ownPrefix = 'mlflow.'

export function NamedTags({ run }: { run: RunDetail }) {
  const text = useText()
  const all = Object.entries(run.named_tags ?? {})
  const note = run.named_tags?.[noteTag]
  const set = all.filter(([name]) => !name.startsWith(ownPrefix))
  const own = all.filter(([name]) => name.startsWith(ownPrefix) && name !== noteTag)
  if (all.length === 0) return null
  return (
    <section className={style.named} aria-label={text('tags.named')}>
      {note !== undefined && note !== '' && (
        <div className={style.note} role="note" aria-label={text('tags.named.note')}>
          <p className={style.words}>{note}</p>
          <p className={style.by}>{text('tags.named.note')}</p>
        </div>
      )}
      {set.length > 0 && <TagValues tags={set} />}
      {own.length > 0 && (
        <details>
          <summary>{text('tags.named.own', { count: own.length })}</summary>
          <TagValues tags={own} />
        </details>
      )}
    </section>
  )
}

function TagValues({ tags }: { tags: [string, string][] }) {
  const text = useText()
  return (
    <dl className={style.values}>
      {tags.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <Link
              to="/runs"
              search={{ where: `${quantityName('tags', name)} == '${value.replaceAll("'", "''")}'` }}
              title={text('tags.named.show', { name, value })}
            >
              {value === '' ? '–' : value}
            </Link>
          </dd>
        </div>
      ))}
    </dl>
  )
}
