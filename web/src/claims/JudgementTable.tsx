// All judgements of a claim, newest first: a verdict is never overwritten.
import { Link } from '@tanstack/react-router'
import type { Judgement } from '../api/types'
import { useText } from '../messages/catalogue'
import { useSay } from '../messages/say'
import tableStyle from '../parts/Table.module.css'
import { TableFrame } from '../parts/TableFrame'
import { Time } from '../parts/Time'
import { VerdictBadge, verdictOf } from '../parts/Verdict'

export function JudgementTable({ judgements }: { judgements: Judgement[] }) {
  const text = useText()
  const say = useSay()
  return (
    <section aria-label={text('claim.history')}>
      <h2>{text('claim.history')}</h2>
      <TableFrame>
        <table className={tableStyle.table}>
          <thead>
            <tr>
              <th scope="col">{text('claim.verdict')}</th>
              <th scope="col">{text('claim.judged')}</th>
              <th scope="col">{text('claim.evidence')}</th>
              <th scope="col" className={tableStyle.wide}>
                {text('claim.because')}
              </th>
              <th scope="col" className={`${tableStyle.number} ${tableStyle.wide}`}>
                {text('claim.revision')}
              </th>
            </tr>
          </thead>
          <tbody>
            {judgements.map((judgement) => (
              <tr key={judgement.judged}>
                <th scope="row">
                  <VerdictBadge verdict={verdictOf(judgement.verdict)} />
                </th>
                <td>
                  <Time at={judgement.judged} />
                </td>
                <td>
                  {judgement.evidence.map((run) => (
                    <Link key={run.id} to="/r/$run" params={{ run: run.handle }}>
                      {run.handle}{' '}
                    </Link>
                  ))}
                </td>
                <td className={tableStyle.wide} title={judgement.because}>
                  {judgement.because_said ? say(judgement.because_said) : judgement.because}
                </td>
                <td className={`${tableStyle.number} ${tableStyle.wide}`}>{judgement.revision}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableFrame>
    </section>
  )
}
