// One line of a log: the time where it changed, the text in its terminal colours, and the matches of a search marked.
import { memo } from 'react'
import { useFormat } from '../format/format'
import { ansiSpans } from './ansi'
import style from './LogView.module.css'
import type { LogLine } from './log_lines'
import { markSpans } from './mark_spans'

interface LogLineViewProps {
  line: LogLine
  /** The text at the time of this drawing: an unfinished line grows in place. */
  text: string
  showClock: boolean
  query: string
}

export const LogLineView = memo(function LogLineView({ line, text, showClock, query }: LogLineViewProps) {
  const format = useFormat()
  const spans = markSpans(ansiSpans(text, line.style).spans, query)
  return (
    <>
      <time className={style.clock} dateTime={line.time} title={format.exact(line.time)}>
        {showClock && format.clock(Date.parse(line.time))}
      </time>
      <span className={style.text} data-source={line.source}>
        {spans.map((span, at) => {
          const className = [
            span.colour === undefined ? '' : style[`ansi${span.colour % 8}`],
            span.bold ? style.bold : '',
            span.faint ? style.faint : '',
            span.italic ? style.italic : '',
            span.underline ? style.underline : '',
          ]
            .filter(Boolean)
            .join(' ')
          const key = `${at}`
          if (span.marked)
            return (
              <mark key={key} className={className}>
                {span.text}
              </mark>
            )
          return className === '' ? (
            span.text
          ) : (
            <span key={key} className={className}>
              {span.text}
            </span>
          )
        })}
      </span>
    </>
  )
})
