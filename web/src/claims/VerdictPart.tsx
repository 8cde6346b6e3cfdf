// The verdict on a claim, large, with everything that may weaken it next to it, and the button that judges the claim
// again. A claim that rests on something retracted is judged only with a reason.
import { Link } from '@tanstack/react-router'
import { Fragment } from 'react'
import { asApiError } from '../api/error'
import { useJudge } from '../api/knowledge'
import { useMayChange } from '../api/permissions'
import type { RunSummary } from '../api/types'
import { usePageAction } from '../frame/page_actions'
import { useText } from '../messages/catalogue'
import { useSay } from '../messages/say'
import { Button } from '../parts/Button'
import { Problem } from '../parts/Notice'
import { Time } from '../parts/Time'
import { VerdictShape } from '../parts/Verdict'
import { OverrideForm } from '../soundness/OverrideForm'
import style from './ClaimPage.module.css'
import type { ClaimPartProps } from './claim_part'
import { shownVerdict } from './shown_verdict'

export function VerdictPart({ claim, current }: ClaimPartProps) {
  const text = useText()
  const say = useSay()
  const judge = useJudge(claim.id)
  const isSuspect = asApiError(judge.error)?.code === 'soundness.suspect'
  const judgeLabel = text(current ? 'claim.judge.again' : 'claim.judge')
  const mayJudge = useMayChange(claim.project)
  usePageAction(mayJudge ? { id: 'judge', label: judgeLabel, icon: 'check' } : undefined, () => judge.mutate(undefined))
  const verdict = shownVerdict(claim)
  const isJudged = (run: RunSummary) => current?.evidence.some((one) => one.id === run.id)
  const newer = claim.standing === 'newer_run' ? claim.newest_evidence.filter((run) => !isJudged(run)) : []
  return (
    <section className={style.verdict} data-verdict={verdict} aria-label={text('claim.verdict')}>
      <VerdictShape verdict={verdict} size={44} />
      <div>
        <p className={style.word}>{text(`verdict.${verdict}`)}</p>
        {current ? (
          <>
            <p className={style.because}>{current.because_said ? say(current.because_said) : current.because}</p>
            <p className={style.quiet}>
              {text('claim.judgedBy', { user: current.judged_by.name ?? current.judged_by.kind })} ·{' '}
              <Time at={current.judged} />
            </p>
          </>
        ) : (
          <p>{text('claim.notJudged')}</p>
        )}
        {newer.length > 0 && (
          <p className={style.newer}>
            {text('claim.newer')}
            {newer.map((run) => (
              <Fragment key={run.id}>
                {' '}
                <Link to="/r/$run" params={{ run: run.handle }}>
                  {run.handle}
                </Link>
              </Fragment>
            ))}
          </p>
        )}
        {judge.error && <Problem error={judge.error} />}
        {isSuspect && (
          <OverrideForm act={text('despite.judge')} busy={judge.isPending} onAct={(because) => judge.mutate(because)} />
        )}
      </div>
      {mayJudge && (
        <Button
          kind={claim.standing === 'judged' ? undefined : 'primary'}
          disabled={judge.isPending}
          onClick={() => judge.mutate(undefined)}
        >
          {judgeLabel}
        </Button>
      )}
    </section>
  )
}
