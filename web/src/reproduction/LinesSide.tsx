// Some lines of a text with their numbers; what differs from the other side is marked.
import { useText } from '../messages/catalogue'
import type { Line } from './excerpt'
import style from './Reproduction.module.css'

export function LinesSide({ lines }: { lines: Line[] }) {
  const text = useText()
  if (lines.length === 0) return <p className={style.quiet}>{text('reproduction.notHere')}</p>
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <ol className={style.lines} tabIndex={0}>
      {lines.map(({ number, pieces }, at) => (
        <li key={number} data-gap={at > 0 && lines[at - 1]?.number !== number - 1}>
          <span className={style.number}>{number}</span>
          <code>
            {pieces.map((piece, place) =>
              piece.marked ? (
                // biome-ignore lint/suspicious/noArrayIndexKey: a piece is named by its place
                <mark key={place}>{piece.text}</mark>
              ) : (
                piece.text
              ),
            )}
          </code>
        </li>
      ))}
    </ol>
  )
}
