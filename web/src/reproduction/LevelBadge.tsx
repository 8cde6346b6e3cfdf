// How similar a reproduced output is: its own shape, a colour and the word, so that no reader needs the colour.
import { useText } from '../messages/catalogue'
import { type Level, levelOf } from './comparison'
import style from './Reproduction.module.css'

const line = { fill: 'none', stroke: 'var(--sheet)', strokeWidth: 2 } as const

const shapes: Record<Level, React.ReactNode> = {
  same_bytes: (
    <>
      <circle cx="10" cy="10" r="8.6" fill="currentColor" />
      <path d="M5.6 8h8.8M5.6 12h8.8" {...line} />
    </>
  ),
  same_within: (
    <>
      <circle cx="10" cy="10" r="8.6" fill="currentColor" />
      <path d="M5 8.6c1.7-1.8 3.3-1.8 5 0s3.3 1.8 5 0M5 12.6c1.7-1.8 3.3-1.8 5 0s3.3 1.8 5 0" {...line} />
    </>
  ),
  nothing_to_compare: (
    <>
      <circle cx="10" cy="10" r="8" fill="none" stroke="currentColor" strokeWidth="1.8" strokeDasharray="3 2.6" />
      <path d="M6 10h8" stroke="currentColor" strokeWidth="1.8" />
    </>
  ),
  differs: (
    <>
      <path d="M6.6 1.8h6.8l4.8 4.8v6.8l-4.8 4.8H6.6l-4.8-4.8V6.6z" fill="currentColor" />
      <path d="M5.6 8h8.8M5.6 12h8.8M12.6 5 7.4 15" {...line} />
    </>
  ),
  cannot_rerun: (
    <>
      <circle cx="10" cy="10" r="8" fill="none" stroke="currentColor" strokeWidth="1.8" />
      <path d="M4.5 15.5l11-11" stroke="currentColor" strokeWidth="1.8" />
    </>
  ),
}

interface LevelBadgeProps {
  level: string
  size?: number
  /** Only values were compared, which have no bytes. */
  ofValue?: boolean
}

export function LevelBadge({ level: word, size = 16, ofValue = false }: LevelBadgeProps) {
  const text = useText()
  const level = levelOf(word)
  return (
    <span className={style.level} data-level={level}>
      <svg aria-hidden="true" width={size} height={size} viewBox="0 0 20 20">
        {shapes[level]}
      </svg>
      {text(ofValue && level === 'same_bytes' ? 'reproduction.same_value' : `reproduction.${level}`)}
    </span>
  )
}
