// Chooses some of many names: those that match a typed text, with a tick for each chosen one.
import { Popover } from '@base-ui/react/popover'
import { useMemo, useState } from 'react'
import { useText } from '../messages/catalogue'
import { Button } from '../parts/Button'
import { Icon } from '../parts/Icon'
import inputStyle from '../parts/Input.module.css'
import menuStyle from '../parts/Menu.module.css'
import { matchingNames } from '../parts/name_search'
import style from './Compare.module.css'

interface NameMenuProps {
  label: string
  names: readonly string[]
  chosen: readonly string[]
  leftOut: number
  onChoose: (names: string[]) => void
}

/** The rest is found by typing. */
const shown_max = 100

export function NameMenu({ label, names, chosen, leftOut, onChoose }: NameMenuProps) {
  const text = useText()
  const [typed, setTyped] = useState('')
  const found = useMemo(() => matchingNames(typed, names), [typed, names])
  const shown = found.slice(0, shown_max)
  const toggle = (name: string) =>
    onChoose(chosen.includes(name) ? chosen.filter((each) => each !== name) : [...chosen, name])
  return (
    <Popover.Root onOpenChange={() => setTyped('')}>
      <Popover.Trigger render={<Button />}>
        <Icon name="columns" size={15} />
        <span>
          {label} ({chosen.length}/{names.length})
        </span>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner align="start" sideOffset={4} className={menuStyle.positioner}>
          <Popover.Popup className={`${menuStyle.popup} ${style.names}`} aria-label={label}>
            <input
              className={inputStyle.input}
              type="search"
              spellCheck={false}
              autoComplete="off"
              value={typed}
              aria-label={text('compare.names.find')}
              placeholder={text('compare.names.find')}
              onChange={(event) => setTyped(event.target.value)}
            />
            <div className={style.nameList}>
              {shown.map((name) => (
                <label key={name}>
                  <input type="checkbox" checked={chosen.includes(name)} onChange={() => toggle(name)} />
                  <code>{name}</code>
                </label>
              ))}
            </div>
            <p className={style.note} role="status">
              {found.length > shown.length && text('compare.names.more', { count: found.length - shown.length })}
              {found.length === 0 && text('compare.names.nothing')}
              {leftOut > 0 && ` ${text('compare.names.leftOut', { count: leftOut })}`}
            </p>
            <span className={style.toggles}>
              <Button
                kind="quiet"
                disabled={shown.length === 0}
                onClick={() => onChoose([...new Set([...chosen, ...shown])])}
              >
                {text('compare.names.all')}
              </Button>
              <Button kind="quiet" onClick={() => onChoose([])}>
                {text('compare.names.none')}
              </Button>
            </span>
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  )
}
