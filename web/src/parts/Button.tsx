// A button. Plain by default; "primary" for the one thing a page is for, "danger" for what cannot be taken back.
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

/** A button that shows only its icon; `label` is read aloud and shown on hover. */
export function IconButton({ icon, label, ...rest }: ButtonProps & { icon: IconName; label: string }) {
  return (
    <button type="button" {...rest} className={style.icon} aria-label={label} title={label}>
      <Icon name={icon} />
    </button>
  )
}
