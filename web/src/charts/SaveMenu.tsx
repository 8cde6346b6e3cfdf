// The download menu of a chart.
import { Menu } from '@base-ui/react/menu'
import { useText } from '../messages/catalogue'
import { Icon } from '../parts/Icon'
import menuStyle from '../parts/Menu.module.css'
import style from './Chart.module.css'

export interface Saved {
  label: string
  act: () => void | Promise<void>
}

interface SaveMenuProps {
  /** The name of the chart for readers. */
  name: string
  disabled: boolean
  saved: Saved[]
}

export function SaveMenu({ name, disabled, saved }: SaveMenuProps) {
  const text = useText()
  return (
    <Menu.Root>
      <Menu.Trigger className={style.download} disabled={disabled} aria-label={text('chart.download', { name })}>
        <Icon name="download" />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner align="end" sideOffset={4} className={menuStyle.positioner}>
          <Menu.Popup className={menuStyle.popup}>
            {saved.map(({ label, act }) => (
              <Menu.Item key={label} className={menuStyle.item} onClick={() => void act()}>
                {label}
              </Menu.Item>
            ))}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  )
}
