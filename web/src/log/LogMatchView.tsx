// The selected match of a search: its position and the text around it, also when its line now shows a later state.
import type { LogMatch } from '../api/types'
import { useText } from '../messages/catalogue'
import style from './LogView.module.css'
import { markSpans } from './mark_spans'

/** The message that names the position of a match. */
export const placeOf = (match: LogMatch) =>
  match.overwritten ? 'log.match.overwritten' : match.state > 1 ? 'log.match.state' : 'log.match.line'

export function LogMatchView({ match, query }: { match: LogMatch; query: string }) {
  const text = useText()
  return (
    <p className={style.match}>
      <span className={style.note}>{text(placeOf(match), { line: match.line, state: match.state })}</span>
      <span className={style.piece}>
        {markSpans([{ text: match.text }], query).map((span, at) =>
          // biome-ignore lint/suspicious/noArrayIndexKey: a span has no identity but its index
          span.marked ? <mark key={at}>{span.text}</mark> : span.text,
        )}
      </span>
    </p>
  )
}
