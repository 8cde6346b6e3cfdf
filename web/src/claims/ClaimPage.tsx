// The page of a claim: the verdict in one glance, the statement, the test with its numbers filled in, the evidence, and
// how much was tried before.
import { Link, useParams } from '@tanstack/react-router'
import { Fragment } from 'react'
import { useClaim, useJudge } from '../api/knowledge'
import type { ClaimDetail, Judgement, RunSummary } from '../api/types'
import { useBreadcrumb } from '../frame/Breadcrumb'
import { LineageAside } from '../lineage/LineageAside'
import { useText } from '../messages/catalogue'
import { useSay } from '../messages/say'
import { Button } from '../parts/Button'
import { Copyable } from '../parts/Copyable'
import { Facts } from '../parts/Facts'
import { Problem } from '../parts/Notice'
import { NounPage, NounPlaceholder, NounProblem } from '../parts/NounPage'
import nounStyle from '../parts/NounPage.module.css'
import { RunLines } from '../parts/RunLine'
import { Time } from '../parts/Time'
import { VerdictShape } from '../parts/Verdict'
import style from './ClaimPage.module.css'
import { JudgementTable } from './JudgementTable'
import { LedgerPart } from './LedgerPart'
import { shownVerdict } from './standing'
import { TestPart } from './TestPart'

const idShown = 10

export function ClaimPage() {
  const { claim: name } = useParams({ from: '/knowledge/$claim' })
  const { data, error, refetch } = useClaim(name)
  useBreadcrumb(data?.project, data?.name ?? name, '/knowledge')
  if (error && !data) return <NounProblem name={name} error={error} onRetry={refetch} />
  if (!data) return <NounPlaceholder name={name} />
  return <ShownClaim key={data.id} claim={data} />
}

function ShownClaim({ claim }: { claim: ClaimDetail }) {
  const text = useText()
  // Of what is stated now; an older statement's judgement is history.
  const current = claim.standing === 'not_judged' ? undefined : claim.judgements[0]
  return (
    <NounPage
      title={claim.name}
      badges={
        <span className={nounStyle.by}>
          {claim.stated_by.name && `${text('claim.by', { user: claim.stated_by.name })} · `}
          <Time at={claim.stated} />
        </span>
      }
      summary={<p className={style.statement}>{claim.statement}</p>}
      side={
        <>
          <ClaimFacts claim={claim} />
          <LineageAside of={`claim/${claim.id}`} none={text('claim.why.none')} noneRests={text('claim.rests.none')} />
        </>
      }
    >
      <VerdictPart claim={claim} current={current} />
      <TestPart test={claim.test} judgement={current} />
      <EvidencePart claim={claim} current={current} />
      {current && <LedgerPart ledger={current.ledger} />}
      {claim.judgements.length > 0 && <JudgementTable judgements={claim.judgements} />}
    </NounPage>
  )
}

interface PartProps {
  claim: ClaimDetail
  current: Judgement | undefined
}

/** The verdict, large, with all that may weaken it right beside. */
function VerdictPart({ claim, current }: PartProps) {
  const text = useText()
  const say = useSay()
  const judge = useJudge(claim.id)
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
      </div>
      <Button
        kind={claim.standing === 'judged' ? undefined : 'primary'}
        disabled={judge.isPending}
        onClick={() => judge.mutate()}
      >
        {text(current ? 'claim.judge.again' : 'claim.judge')}
      </Button>
    </section>
  )
}

function EvidencePart({ claim, current }: PartProps) {
  const text = useText()
  const runs = current?.evidence ?? claim.newest_evidence
  return (
    <section aria-label={text('claim.evidence')}>
      <h2>{text('claim.evidence')}</h2>
      {runs.length > 0 ? (
        <RunLines runs={runs} label={text('claim.evidence')} />
      ) : (
        <p className={style.quiet}>{text('claim.evidence.none')}</p>
      )}
    </section>
  )
}

function ClaimFacts({ claim }: { claim: ClaimDetail }) {
  const text = useText()
  return (
    <aside className={nounStyle.facts} aria-label={text('run.facts')}>
      <h2>{text('run.facts')}</h2>
      <Facts
        lines={[
          { name: text('word.project'), value: claim.project },
          { name: text('claim.evidence.of'), value: <code>{claim.evidence.join(', ')}</code> },
          { name: text('claim.stated'), value: <Time at={claim.stated} /> },
          claim.judged && { name: text('claim.judged'), value: <Time at={claim.judged} /> },
          { name: text('claim.revision'), value: String(claim.revision) },
          {
            name: text('run.fact.id'),
            value: <Copyable value={claim.id} shown={`${claim.id.slice(0, idShown)}…`} />,
          },
        ]}
      />
    </aside>
  )
}
