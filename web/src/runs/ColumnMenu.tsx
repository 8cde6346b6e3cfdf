// Chooses the columns of the list, also parameters and metrics by their names.
import { Popover } from '@base-ui/react/popover'
import { useState } from 'react'
import { useText } from '../messages/catalogue'
import { Button } from '../parts/Button'
import { Icon } from '../parts/Icon'
import inputStyle from '../parts/Input.module.css'
import menuStyle from '../parts/Menu.module.css'
import style from './ColumnMenu.module.css'
import { matchingColumns } from './column_search'
import { type Column, columnOf, defaultColumns, fixedColumns } from './columns'

interface ColumnMenuProps {
  columns: Column[]
  /** Parameters and metrics of the loaded runs. */
  seen: string[]
  onChoose: (names: string[]) => void
}

const isFixed = (name: string) => fixedColumns.some((column) => column.name === name)

export function ColumnMenu({ columns, seen, onChoose }: ColumnMenuProps) {
  const text = useText()
  const [typed, setTyped] = useState('')
  const chosen = columns.map((column) => column.name)
  const others = chosen.filter((name) => !isFixed(name))
  const known = [...fixedColumns.map((column) => column.name), ...others]
  const meant = matchingColumns(typed, [...known, ...seen.filter((name) => !known.includes(name))], text)
  const shown = typed.trim() === '' ? known : meant
  const toggle = (name: string) => {
    if (chosen.includes(name)) onChoose(chosen.filter((each) => each !== name))
    // Columns of Hven have a fixed order; columns of parameters and metrics follow in the order of their choice.
    else
      onChoose([
        ...known.filter((each) => chosen.includes(each) || each === name),
        ...(known.includes(name) ? [] : [name]),
      ])
  }
  const add = () => {
    const next = meant.find((name) => !chosen.includes(name))
    if (next === undefined) return
    toggle(next)
    setTyped('')
  }
  return (
    <Popover.Root onOpenChange={() => setTyped('')}>
      <Popover.Trigger render={<Button />}>
        <Icon name="columns" size={15} />
        <span>{text('runs.columns')}</span>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner align="end" sideOffset={4} className={menuStyle.positioner}>
          <Popover.Popup className={`${menuStyle.popup} ${style.popup}`} aria-label={text('runs.columns')}>
            <form
              className={style.add}
              onSubmit={(event) => {
                event.preventDefault()
                add()
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
            {shown.map((name) => (
              <label key={name}>
                <input
                  type="checkbox"
                  checked={chosen.includes(name)}
                  disabled={chosen.length === 1 && chosen[0] === name}
                  onChange={() => toggle(name)}
                />
                {isFixed(name) ? columnOf(name)?.label(text) : <code>{name}</code>}
              </label>
            ))}
            <p className={style.none} role="status">
              {shown.length === 0 && text('runs.column.none', { name: typed.trim() })}
            </p>
            <Button kind="quiet" onClick={() => onChoose(defaultColumns)}>
              {text('runs.column.reset')}
            </Button>
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  )
}
