// The saved views of a page: open one, save the present state, overwrite, rename and remove.
import { Popover } from '@base-ui/react/popover'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { mayChange } from '../api/permissions'
import { useSaveView, useView, useViews, type ViewPage } from '../api/saved_views'
import { useMe, useProjects } from '../api/server'
import { useText } from '../messages/catalogue'
import { Answer } from '../parts/Answer'
import { Button } from '../parts/Button'
import { Icon } from '../parts/Icon'
import inputStyle from '../parts/Input.module.css'
import menuStyle from '../parts/Menu.module.css'
import { Problem } from '../parts/Notice'
import { Time } from '../parts/Time'
import { ViewActions } from './ViewActions'
import { ViewLink } from './ViewLink'
import style from './Views.module.css'
import { nameCharacters_max } from './view_name'
import { showsView, stateOf, type ViewSearch } from './view_state'

interface ViewMenuProps {
  page: ViewPage
  /** The parameters in the address, with all that the page shows. */
  search: ViewSearch
  /** The project of the page, in which a new view is offered to be saved. */
  project: string | undefined
  /** The page shows another view, or none. */
  onView: (id: string | undefined) => void
  /** More at the end of the menu; it gets the project in which views would be saved. */
  more?: (project: string | undefined) => React.ReactNode
}

export function ViewMenu({ page, search, project, onView, more }: ViewMenuProps) {
  const text = useText()
  const [open, setOpen] = useState(false)
  const asked = useViews(page, open)
  const shown = useView(search.view)
  const current = search.view === undefined ? undefined : shown.data
  const isChanged = current !== undefined && !showsView(current, search)
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger render={<Button aria-pressed={current !== undefined} />}>
        <Icon name="runs" size={15} />
        <span>
          {current === undefined ? text('views.title') : text('views.open', { name: current.name })}
          {isChanged && ` (${text('views.changed')})`}
        </span>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner align="end" sideOffset={4} className={menuStyle.positioner}>
          <Popover.Popup className={`${menuStyle.popup} ${style.popup}`} aria-label={text('views.title')}>
            {search.view !== undefined && shown.error && (
              <p className={style.note} role="alert">
                {text('views.gone', { name: search.view })}
              </p>
            )}
            <SaveForm page={page} search={search} project={project} onView={onView} more={more} />
            <Answer asked={asked} lines={3}>
              {(views) =>
                views.length === 0 ? (
                  <p className={style.note}>{text('views.none')}</p>
                ) : (
                  <ul className={style.views}>
                    {views.map((view) => (
                      <li key={view.id} aria-current={view.id === search.view || undefined}>
                        <span className={style.named}>
                          <ViewLink view={view} onClick={() => setOpen(false)} />
                          <small>
                            {view.project} · {text('views.by', { user: view.saved_by.name ?? view.saved_by.kind })} ·{' '}
                            <Time at={view.saved} />
                          </small>
                        </span>
                        <ViewActions
                          view={view}
                          state={showsView(view, search) ? undefined : stateOf(search)}
                          onRenamed={(id) => view.id === search.view && onView(id)}
                        />
                      </li>
                    ))}
                  </ul>
                )
              }
            </Answer>
            <p className={style.note}>
              {text('views.note')}{' '}
              <Link to="/views" onClick={() => setOpen(false)}>
                {text('views.all')}
              </Link>
            </p>
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  )
}

const homeProject = 'home'

function SaveForm({ page, search, project, onView, more }: ViewMenuProps) {
  const text = useText()
  const me = useMe().data
  const listed = useProjects().data
  const [name, setName] = useState('')
  const [chosen, setChosen] = useState<string>()
  const save = useSaveView()
  const views = useViews(page).data
  const all = [...new Set([...(project ? [project] : []), homeProject, ...(listed?.map(({ path }) => path) ?? [])])]
  const offered = all.filter((path) => mayChange(me, path))
  const place = chosen ?? offered[0]
  const isTaken = views?.some((view) => view.name === name.trim() && view.project === place) ?? false
  if (me === undefined || listed === undefined) return null
  if (place === undefined) return <p className={style.note}>{text('views.noProject')}</p>
  return (
    <>
      <form
        className={style.add}
        onSubmit={(event) => {
          event.preventDefault()
          if (name.trim() === '' || save.isPending) return
          save.mutate(
            { project: place, name: name.trim(), page, state: stateOf(search), replace: isTaken },
            {
              onSuccess: () => {
                onView(`${place}:${name.trim()}`)
                setName('')
              },
            },
          )
        }}
      >
        <input
          className={inputStyle.input}
          value={name}
          maxLength={nameCharacters_max}
          autoComplete="off"
          placeholder={text('views.name')}
          aria-label={text('views.name')}
          onChange={(event) => setName(event.target.value)}
        />
        <select
          className={inputStyle.select}
          value={place}
          aria-label={text('views.project')}
          onChange={(event) => setChosen(event.target.value)}
        >
          {offered.map((path) => (
            <option key={path} value={path}>
              {path}
            </option>
          ))}
        </select>
        <Button type="submit" disabled={name.trim() === '' || save.isPending}>
          {text(isTaken ? 'views.overwrite' : 'views.save')}
        </Button>
      </form>
      {save.error && <Problem error={save.error} />}
      {more?.(place)}
    </>
  )
}
