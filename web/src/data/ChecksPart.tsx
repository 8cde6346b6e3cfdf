// The checks of a dataset: each condition, whether it holds, and the rows for which it does not hold.
import { useFormat } from '../format/format'
import { useText } from '../messages/catalogue'
import { Empty } from '../parts/Notice'
import { VerdictBadge, type VerdictWord } from '../parts/Verdict'
import style from './ChecksPart.module.css'
import { cellText } from './cells'
import type { Check, ImportReport } from './documents'

const verdicts: Record<string, VerdictWord> = { true: 'holds', false: 'fails' }
const examplesShown = 5

export function ChecksPart({ report }: { report: ImportReport }) {
  const text = useText()
  if (report.checks.length === 0)
    return <Empty command="hven data add planets.csv --check 'period > 0'">{text('data.checks.none')}</Empty>
  return (
    <ul className={style.checks}>
      {report.checks.map((check) => (
        <li key={check.check}>
          <OneCheck check={check} />
        </li>
      ))}
    </ul>
  )
}

function OneCheck({ check }: { check: Check }) {
  const text = useText()
  const format = useFormat()
  const examples = (check.examples ?? []).slice(0, examplesShown)
  return (
    <>
      <p className={style.line}>
        <VerdictBadge verdict={verdicts[check.outcome] ?? 'cannot_tell'} />
        <code>{check.check}</code>
        {check.failing_rows > 0 && (
          <span>
            {text('data.check.failing')} <b>{format.count(check.failing_rows)}</b>
          </span>
        )}
        {check.unknown_rows > 0 && (
          <span>
            {text('data.check.unknown')} <b>{format.count(check.unknown_rows)}</b>
          </span>
        )}
        {(check.unchecked_rows ?? 0) > 0 && (
          <span>
            {text('data.check.unchecked')} <b>{format.count(check.unchecked_rows ?? 0)}</b>
          </span>
        )}
      </p>
      <p className={style.why}>{check.explanation}</p>
      {examples.length > 0 && (
        <ul className={style.examples}>
          {examples.map(({ row, values }) => (
            <li key={row}>
              {text('run.output.row')} {format.count(row + 1)}:{' '}
              {values
                .map(([name, value]) => `${name} = ${value === null ? text('data.null') : cellText(value)}`)
                .join(', ')}
            </li>
          ))}
        </ul>
      )}
    </>
  )
}
