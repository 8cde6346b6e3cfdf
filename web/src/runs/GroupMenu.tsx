// Chooses the column by whose values the runs are grouped, also a parameter or metric by its name.
import { Popover } from '@base-ui/react/popover'
import { useState } from 'react'
import { useText } from '../messages/catalogue'
import { Button } from '../parts/Button'
import { Icon } from '../parts/Icon'
import inputStyle from '../parts/Input.module.css'
import menuStyle from '../parts/Menu.module.css'
import style from './ColumnMenu.module.css'
import { matchingColumns } from './column_search'
import { type Column, columnOf } from './columns'

interface GroupMenuProps {
  value: string | undefined
  columns: Column[]
  /** The names of known parameters and metrics. */
  seen: string[]
  onChange: (group: string | undefined) => void
}

const fields = ['state', 'name', 'project', 'command', 'user', 'tags']
const shown_max = 60

export function GroupMenu({ value, columns, seen, onChange }: GroupMenuProps) {
  const text = useText()
  const [typed, setTyped] = useState('')
  const [open, setOpen] = useState(false)
  const chosen = columns.map(({ name }) => name).filter((name) => name.startsWith('params.'))
  const params = seen.filter((name) => name.startsWith('params.') || name.startsWith('tags.'))
  const offered = [...new Set([...chosen, ...params, ...fields])]
  const shown = typed.trim() === '' ? offered : matchingColumns(typed, offered, text)
  const label = value === undefined ? undefined : columnOf(value)?.label(text)
  const choose = (group: string | undefined) => {
    onChange(group)
    setOpen(false)
  }
  return (
    <Popover.Root
      open={open}
      onOpenChange={(next) => {
        setOpen(next)
        setTyped('')
      }}
    >
      <Popover.Trigger render={<Button aria-pressed={value !== undefined} />}>
        <Icon name="table" size={15} />
        <span>{label === undefined ? text('runs.group') : `${text('runs.group.by')} ${label}`}</span>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner align="end" sideOffset={4} className={menuStyle.positioner}>
          <Popover.Popup className={`${menuStyle.popup} ${style.popup}`} aria-label={text('runs.group.by')}>
            <form
              className={style.add}
              onSubmit={(event) => {
                event.preventDefault()
                if (shown[0] !== undefined) choose(shown[0])
              }}
            >
              <input
                className={inputStyle.input}
                type="search"
                spellCheck={false}
                autoComplete="off"
                value={typed}
                placeholder={text('runs.column.addHint')}
                aria-label={text('runs.column.add')}
                onChange={(event) => setTyped(event.target.value)}
              />
            </form>
            <label>
              <input type="radio" name="group" checked={value === undefined} onChange={() => choose(undefined)} />
              {text('runs.group.none')}
            </label>
            {shown.slice(0, shown_max).map((name) => (
              <label key={name}>
                <input type="radio" name="group" checked={value === name} onChange={() => choose(name)} />
                {fields.includes(name) ? columnOf(name)?.label(text) : <code>{name}</code>}
              </label>
            ))}
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  )
}
