// A short id, digest or command that a click copies.
import { useEffect, useState } from 'react'
import { useText } from '../messages/catalogue'
import style from './Copyable.module.css'
import { Icon } from './Icon'

const shown_ms = 1600

function useCopied(value: string): [boolean, () => void] {
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), shown_ms)
    return () => clearTimeout(timer)
  }, [copied])
  const copy = () => {
    navigator.clipboard.writeText(value).then(
      () => setCopied(true),
      () => setCopied(false),
    )
  }
  return [copied, copy]
}

export function Copyable({ value, shown = value }: { value: string; shown?: string }) {
  const text = useText()
  const [copied, copy] = useCopied(value)
  return (
    <button type="button" className={style.copyable} onClick={copy} title={value}>
      <span>{shown}</span>
      <Icon name={copied ? 'check' : 'copy'} size={13} />
      <span className="visually-hidden" role="status">
        {text(copied ? 'word.copied' : 'word.copy')}
      </span>
    </button>
  )
}

/** A command to type in a terminal, in its own box, with a button that copies it. */
export function Command({ value }: { value: string }) {
  const text = useText()
  const [copied, copy] = useCopied(value)
  return (
    <div className={style.command}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable area must be reachable by keyboard */}
      <pre tabIndex={0}>{value}</pre>
      <button type="button" onClick={copy}>
        <Icon name={copied ? 'check' : 'copy'} size={14} />
        <span role="status">{copied ? text('word.copied') : text('word.copy')}</span>
      </button>
    </div>
  )
}
