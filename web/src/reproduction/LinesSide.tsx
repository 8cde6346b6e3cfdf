// Some lines of a text with their numbers; differences from the other side are marked.
import { useText } from '../messages/catalogue'
import type { Line } from './excerpt'
import style from './Reproduction.module.css'

export function LinesSide({ lines }: { lines: Line[] }) {
  const text = useText()
  if (lines.length === 0) return <p className={style.quiet}>{text('reproduction.notHere')}</p>
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable area must be reachable by keyboard
    <ol className={style.lines} tabIndex={0}>
      {lines.map(({ number, pieces }, at) => (
        <li key={number} data-gap={at > 0 && lines[at - 1]?.number !== number - 1}>
          <span className={style.number}>{number}</span>
          <code>
            {pieces.map((piece, place) =>
              piece.marked ? (
                // biome-ignore lint/suspicious/noArrayIndexKey: a piece has no identity but its index
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
