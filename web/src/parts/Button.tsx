// A button. Plain by default; "primary" for the main action of a page, "danger" for an action that cannot be undone.
import type { ButtonHTMLAttributes } from 'react'
import style from './Button.module.css'
import { Icon, type IconName } from './Icon'

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  kind?: 'plain' | 'primary' | 'danger' | 'quiet'
  icon?: IconName
}

export function Button({ kind = 'plain', icon, children, className, ...rest }: ButtonProps) {
  return (
    <button type="button" {...rest} className={`${style.button} ${className ?? ''}`} data-kind={kind}>
      {icon && <Icon name={icon} size={15} />}
      {children}
    </button>
  )
}

/** A button that shows only its icon; screen readers read `label`, and a tooltip shows it. */
export function IconButton({ icon, label, ...rest }: ButtonProps & { icon: IconName; label: string }) {
  return (
    <button type="button" {...rest} className={style.icon} aria-label={label} title={label}>
      <Icon name={icon} />
    </button>
  )
}
