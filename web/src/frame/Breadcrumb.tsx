// The position of the page: the path of the project, then the page. Pages set the text with `useBreadcrumb`.
import { Link } from '@tanstack/react-router'
import { useEffect, useSyncExternalStore } from 'react'
import { safeText } from '../format/safe_text'
import { useText } from '../messages/catalogue'
import { type RailPath, railEntries } from '../nouns'
import style from './Breadcrumb.module.css'

export interface Place {
  project?: string
  page: string
  /** The list to which the page belongs. */
  list?: RailPath
}

let place: Place = { page: '' }
const listeners = new Set<() => void>()

function subscribe(listener: () => void) {
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
  }
}

export function useBreadcrumb(project: string | undefined, page: string, list?: RailPath) {
  useEffect(() => {
    place = { project, page, list }
    document.title = safeText(`${page} · Hven`)
    for (const listener of listeners) listener()
  }, [project, page, list])
}

export function Breadcrumb() {
  const text = useText()
  const { project, page, list } = useSyncExternalStore(subscribe, () => place)
  const parts = project?.split('/') ?? []
  const above = railEntries.find(({ to }) => to === list)
  return (
    <nav className={style.breadcrumb} aria-label={text('nav.breadcrumb')}>
      <ol>
        {parts.map((part, depth) => {
          const path = parts.slice(0, depth + 1).join('/')
          return (
            <li key={path} className={style.above}>
              <Link to="/runs" search={{ project: path }}>
                {part}
              </Link>
            </li>
          )
        })}
        {above && (
          <li className={style.above}>
            <Link to={above.to}>{text(above.label)}</Link>
          </li>
        )}
        <li aria-current="page">{page}</li>
      </ol>
    </nav>
  )
}
