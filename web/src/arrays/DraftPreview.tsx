// The effect that the submission of a draft would have: the number of tasks, the first and the last command, how long it takes, and the
// record of code and environment.
import type { ArrayDraftAnswer, ArrayPreview } from '../api/arrays'
import { ApiError } from '../api/error'
import { useFormat } from '../format/format'
import { shellLine } from '../format/shell'
import { useText } from '../messages/catalogue'
import { useSay } from '../messages/say'
import { Empty, Problem } from '../parts/Notice'
import { Refusals } from './DraftField'
import { refusalsOf } from './draft_form'
import style from './NewArray.module.css'

interface DraftPreviewProps {
  /** The server was asked, or will be when the person pauses. */
  begun: boolean
  /** The answer belongs to an earlier draft. */
  checks: boolean
  answer: ArrayDraftAnswer | undefined
  error: unknown
  /** The button that submits the draft. */
  children: React.ReactNode
}

export function DraftPreview({ begun, checks, answer, error, children }: DraftPreviewProps) {
  const text = useText()
  return (
    <section className={style.preview} data-checks={checks} aria-label={text('array.new.preview')} aria-busy={checks}>
      <h2>{text('array.new.preview')}</h2>
      {!begun ? (
        <p className={style.note}>{text('array.new.preview.empty')}</p>
      ) : error ? (
        <Refused error={error} />
      ) : answer === undefined ? (
        <p className={style.note}>{text('array.new.preview.checks')}</p>
      ) : (
        <div className={style.answer}>
          {answer.preview ? <Effect preview={answer.preview} /> : <Wrong answer={answer} />}
          <Recorded answer={answer} />
        </div>
      )}
      {children}
    </section>
  )
}

/** A process of the Unix user who owns the home reads the draft, so only that user may start an array here. */
function Refused({ error }: { error: unknown }) {
  const text = useText()
  const isForbidden = error instanceof ApiError && error.status === 403
  if (isForbidden) return <Empty command="hven map --help">{text('array.new.forbidden')}</Empty>
  return <Problem error={error} />
}

function Effect({ preview }: { preview: ArrayPreview }) {
  const text = useText()
  const say = useSay()
  const format = useFormat()
  const { tasks, first, last, takes, takes_unknown } = preview
  const { duration } = format
  return (
    <>
      <p className={style.tasks} role="status">
        {text('array.tasks.count', { count: tasks === 1 ? 1 : format.count(tasks) })}
      </p>
      <dl className={style.commands}>
        <dt>{text(tasks === 1 ? 'array.new.command.only' : 'array.new.command.first')}</dt>
        <dd>
          <code>{shellLine(first)}</code>
        </dd>
        {tasks > 1 && (
          <>
            <dt>{text('array.new.command.last')}</dt>
            <dd>
              <code>{shellLine(last)}</code>
            </dd>
          </>
        )}
      </dl>
      {takes != null && (
        <p>
          {text('array.new.takes', {
            about: duration(takes.seconds),
            low: duration(takes.low),
            high: duration(takes.high),
            count: takes.from === 1 ? 1 : format.count(takes.from),
          })}
        </p>
      )}
      {takes == null && takes_unknown != null && <p className={style.note}>{say(takes_unknown)}</p>}
    </>
  )
}

function Wrong({ answer: { refusals } }: { answer: ArrayDraftAnswer }) {
  const text = useText()
  const general = refusalsOf(refusals, 'array')
  const beside = refusals.length - general.length
  return (
    <>
      <Refusals of={general} />
      {beside > 0 && <p role="status">{text('array.new.preview.wrong', { count: beside })}</p>}
    </>
  )
}

function Recorded({ answer: { environment_of } }: { answer: ArrayDraftAnswer }) {
  const text = useText()
  return (
    <>
      <p className={style.note}>{text('array.new.recorded')}</p>
      <p className={style.note}>
        {environment_of != null
          ? text('array.new.environment.kept', { array: environment_of })
          : text('array.new.environment.server')}
      </p>
    </>
  )
}
