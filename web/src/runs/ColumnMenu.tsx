// Chooses the columns of the list, also parameters and metrics by their names.
import { Popover } from '@base-ui/react/popover'
import { useId, useState } from 'react'
import { useText } from '../messages/catalogue'
import { Button } from '../parts/Button'
import { Icon } from '../parts/Icon'
import inputStyle from '../parts/Input.module.css'
import menuStyle from '../parts/Menu.module.css'
import style from './ColumnMenu.module.css'
import { type Column, columnOf, defaultColumns, fixedColumns } from './columns'

interface ColumnMenuProps {
  columns: Column[]
  /** Parameters and metrics that the loaded runs have. */
  seen: string[]
  onChoose: (names: string[]) => void
}

export function ColumnMenu({ columns, seen, onChoose }: ColumnMenuProps) {
  const text = useText()
  const [added, setAdded] = useState('')
  const listId = useId()
  const chosen = columns.map((column) => column.name)
  const others = chosen.filter((name) => !fixedColumns.some((column) => column.name === name))
  const offered = [...fixedColumns.map((column) => column.name), ...others]
  const toggle = (name: string) =>
    onChoose(
      chosen.includes(name)
        ? chosen.filter((each) => each !== name)
        : offered.filter((each) => each === name || chosen.includes(each)),
    )
  const add = () => {
    const name = added.trim()
    if (columnOf(name) === undefined || chosen.includes(name)) return
    onChoose([...chosen, name])
    setAdded('')
  }
  return (
    <Popover.Root>
      <Popover.Trigger render={<Button />}>
        <Icon name="columns" size={15} />
        <span>{text('runs.columns')}</span>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner align="end" sideOffset={4} className={menuStyle.positioner}>
          <Popover.Popup className={`${menuStyle.popup} ${style.popup}`} aria-label={text('runs.columns')}>
            {offered.map((name) => (
              <label key={name}>
                <input
                  type="checkbox"
                  checked={chosen.includes(name)}
                  disabled={chosen.length === 1 && chosen[0] === name}
                  onChange={() => toggle(name)}
                />
                {fixedColumns.some((column) => column.name === name) ? (
                  columnOf(name)?.label(text)
                ) : (
                  <code>{name}</code>
                )}
              </label>
            ))}
            <form
              className={style.add}
              onSubmit={(event) => {
                event.preventDefault()
                add()
              }}
            >
              <input
                className={inputStyle.input}
                list={listId}
                value={added}
                placeholder={text('runs.column.addHint')}
                aria-label={text('runs.column.add')}
                onChange={(event) => setAdded(event.target.value)}
              />
              <datalist id={listId}>
                {seen
                  .filter((name) => !chosen.includes(name))
                  .map((name) => (
                    <option key={name} value={name} />
                  ))}
              </datalist>
              <Button type="submit" disabled={columnOf(added.trim()) === undefined}>
                +
              </Button>
            </form>
            <Button kind="quiet" onClick={() => onChoose(defaultColumns)}>
              {text('runs.column.reset')}
            </Button>
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  )
}
