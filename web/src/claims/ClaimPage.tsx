// The page of a claim: the verdict, the statement, the test with its numbers filled in, the evidence, and the number of
// tries before.
import { useParams } from '@tanstack/react-router'
import { useClaim } from '../api/knowledge'
import type { ClaimDetail } from '../api/types'
import { useBreadcrumb } from '../frame/Breadcrumb'
import { LineageAside } from '../lineage/LineageAside'
import { useText } from '../messages/catalogue'
import { Copyable } from '../parts/Copyable'
import { Facts } from '../parts/Facts'
import { NounPage, NounPlaceholder, NounProblem } from '../parts/NounPage'
import nounStyle from '../parts/NounPage.module.css'
import { RunLines } from '../parts/RunLine'
import { Time } from '../parts/Time'
import { PublishButton } from '../publications/PublishButton'
import { ReproducedPart } from '../reproduction/ReproducedPart'
import { RetractButton } from '../soundness/RetractButton'
import { SoundnessBanner } from '../soundness/SoundnessBanner'
import style from './ClaimPage.module.css'
import type { ClaimPartProps } from './claim_part'
import { JudgementTable } from './JudgementTable'
import { LedgerPart } from './LedgerPart'
import { TestPart } from './TestPart'
import { VerdictPart } from './VerdictPart'

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
  const of = `claim/${claim.id}`
  // The judgement of the present statement; a judgement of an older statement is history.
  const current = claim.standing === 'not_judged' ? undefined : claim.judgements[0]
  return (
    <NounPage
      banner={<SoundnessBanner of={of} soundness={claim.soundness} suspicion={claim.suspicion} />}
      title={claim.name}
      badges={
        <>
          <span className={nounStyle.by}>
            {claim.stated_by.name && `${text('claim.by', { user: claim.stated_by.name })} · `}
            <Time at={claim.stated} />
          </span>
          <span className={nounStyle.acts}>
            <PublishButton claim={claim} />
            <RetractButton of={of} called={claim.name} soundness={claim.soundness} project={claim.project} />
          </span>
        </>
      }
      summary={<p className={style.statement}>{claim.statement}</p>}
      side={
        <>
          <ClaimFacts claim={claim} />
          <LineageAside
            of={of}
            called={claim.name}
            project={claim.project}
            none={text('claim.why.none')}
            noneRests={text('claim.rests.none')}
          />
        </>
      }
    >
      <VerdictPart claim={claim} current={current} />
      <TestPart test={claim.test} judgement={current} />
      <EvidencePart claim={claim} current={current} />
      {current && <ReproducedPart evidence={current.evidence} verdicts={claim.made_again} />}
      {current && <LedgerPart ledger={current.ledger} />}
      {claim.judgements.length > 0 && <JudgementTable judgements={claim.judgements} />}
    </NounPage>
  )
}

function EvidencePart({ claim, current }: ClaimPartProps) {
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
