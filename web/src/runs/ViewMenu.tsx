// The named views of the list: open one, keep the current one, remove one.
import { Popover } from '@base-ui/react/popover'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useText } from '../messages/catalogue'
import { Button } from '../parts/Button'
import { Icon } from '../parts/Icon'
import inputStyle from '../parts/Input.module.css'
import menuStyle from '../parts/Menu.module.css'
import style from './ColumnMenu.module.css'
import type { RunsSearch } from './runs_search'
import { nameCharacters_max, removeView, saveView, useSavedViews } from './saved_views'

export function ViewMenu({ search }: { search: RunsSearch }) {
  const text = useText()
  const views = useSavedViews()
  const [name, setName] = useState('')
  const [open, setOpen] = useState(false)
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger render={<Button />}>
        <Icon name="runs" size={15} />
        <span>{text('runs.views')}</span>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner align="end" sideOffset={4} className={menuStyle.positioner}>
          <Popover.Popup className={`${menuStyle.popup} ${style.popup}`} aria-label={text('runs.views')}>
            <form
              className={style.add}
              onSubmit={(event) => {
                event.preventDefault()
                if (name.trim() === '') return
                saveView(name.trim(), search)
                setName('')
              }}
            >
              <input
                className={inputStyle.input}
                value={name}
                maxLength={nameCharacters_max}
                autoComplete="off"
                placeholder={text('runs.views.name')}
                aria-label={text('runs.views.name')}
                onChange={(event) => setName(event.target.value)}
              />
              <Button type="submit" disabled={name.trim() === ''}>
                {text(views.some((view) => view.name === name.trim()) ? 'runs.views.replace' : 'runs.views.keep')}
              </Button>
            </form>
            {views.map((view) => (
              <span key={view.name} className={style.view}>
                <Link to="/runs" search={view.search} onClick={() => setOpen(false)}>
                  {view.name}
                </Link>
                <button
                  type="button"
                  aria-label={text('runs.views.remove', { name: view.name })}
                  onClick={() => removeView(view.name)}
                >
                  <Icon name="cross" size={11} />
                </button>
              </span>
            ))}
            <p className={style.none}>{text('runs.views.note')}</p>
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  )
}
