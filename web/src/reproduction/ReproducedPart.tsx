// On the page of a claim: whether the runs that it was judged on were reproduced, and the buttons that reproduce them.
import { Link } from '@tanstack/react-router'
import type { Reproduced, RunSummary } from '../api/types'
import { useText } from '../messages/catalogue'
import { useSay } from '../messages/say'
import tableStyle from '../parts/Table.module.css'
import { TableFrame } from '../parts/TableFrame'
import { Time } from '../parts/Time'
import { LevelBadge } from './LevelBadge'
import { ReproduceButton } from './ReproduceButton'
import style from './Reproduction.module.css'

interface ReproducedPartProps {
  /** The runs that the claim was judged on. */
  evidence: RunSummary[]
  verdicts: Reproduced[]
}

export function ReproducedPart({ evidence, verdicts }: ReproducedPartProps) {
  const text = useText()
  if (evidence.length === 0) return null
  return (
    <section aria-label={text('reproduction.title')}>
      <h2>{text('reproduction.title')}</h2>
      <TableFrame>
        <table className={tableStyle.table}>
          <thead>
            <tr>
              <th scope="col">{text('claim.evidence')}</th>
              <th scope="col">{text('reproduction.verdict')}</th>
              <th scope="col" className={tableStyle.wide}>
                {text('claim.because')}
              </th>
              <th scope="col" className={tableStyle.tools}>
                <span className="visually-hidden">{text('reproduce')}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {evidence.map((run) => (
              <Line key={run.id} run={run} verdict={verdicts.find((one) => one.run.id === run.id)} />
            ))}
          </tbody>
        </table>
      </TableFrame>
    </section>
  )
}

function Line({ run, verdict }: { run: RunSummary; verdict: Reproduced | undefined }) {
  const text = useText()
  const say = useSay()
  const because = verdict?.because_said ? say(verdict.because_said) : verdict?.because
  return (
    <tr>
      <th scope="row">
        <Link to="/r/$run" params={{ run: run.handle }}>
          {run.handle}
        </Link>
      </th>
      <td>
        {verdict ? (
          <>
            <Link to="/r/$run" params={{ run: run.handle }} search={{ tab: 'reproductions' }} className={style.link}>
              <LevelBadge level={verdict.level} ofValue={verdict.outputs_compared === 0} />
            </Link>{' '}
            <span className={style.quiet}>
              <Time at={verdict.judged} />
            </span>
          </>
        ) : (
          <span className={style.quiet}>{text('reproduction.notYet')}</span>
        )}
      </td>
      <td className={tableStyle.wide} title={because ?? undefined}>
        {because}
      </td>
      <td className={tableStyle.tools}>
        <ReproduceButton run={run} />
      </td>
    </tr>
  )
}
