// The matches in the log of one run, below the name of the run. Each leads to its place in the log.
import { Link } from '@tanstack/react-router'
import type { LogsQuery } from '../api/logs'
import { placeOf } from '../log/LogMatchView'
import { markSpans } from '../log/mark_spans'
import { useText } from '../messages/catalogue'
import { type FoundLog, shownLines } from './found_logs'
import style from './Logs.module.css'

export function FoundLogPart({ log, wanted }: { log: FoundLog; wanted: LogsQuery }) {
  const text = useText()
  const { handle, name, project, attempt } = log
  return (
    <section className={style.log} aria-label={text('log.lines', { run: handle })}>
      <h2>
        <Link to="/r/$run" params={{ run: handle }}>
          {handle}
        </Link>
        {name && <span>{name}</span>}
        <small>
          {project}
          {attempt > 1 && ` · ${text('logs.attempt', { attempt })}`}
        </small>
      </h2>
      <ol>
        {shownLines(log.matches).map(({ line, text: said, match }, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines are only added at the end
          <li key={at} data-match={match !== undefined || undefined}>
            {match ? (
              <Link
                to="/r/$run"
                params={{ run: handle }}
                search={{
                  find: wanted.q,
                  regex: wanted.regex,
                  ignore_case: wanted.ignore_case,
                  attempt,
                  at: match.at,
                }}
                className={style.place}
                title={text(placeOf(match), { line: match.line, state: match.state })}
                aria-label={text(placeOf(match), { line: match.line, state: match.state })}
              >
                {line}
              </Link>
            ) : (
              <span className={style.place}>{line ?? '·'}</span>
            )}
            <code>
              {match && !wanted.regex
                ? markSpans([{ text: said }], wanted.q).map((span, place) =>
                    // biome-ignore lint/suspicious/noArrayIndexKey: a span has no identity but its index
                    span.marked ? <mark key={place}>{span.text}</mark> : span.text,
                  )
                : said}
            </code>
            {match?.source === 'stderr' && <small>{text('log.stderr')}</small>}
            {match?.source === 'hven' && <small>{text('log.note')}</small>}
          </li>
        ))}
      </ol>
    </section>
  )
}
