// The page of a law: the selected formula, its fit to the data and its residuals, and the front of candidates. Each
// other candidate can be shown in the same way, and selected.
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useMemo } from 'react'
import { useLaw } from '../api/knowledge'
import type { LawDetail } from '../api/types'
import { useFormat } from '../format/format'
import { useBreadcrumb } from '../frame/Breadcrumb'
import { LineageAside } from '../lineage/LineageAside'
import { type MessageKey, useText } from '../messages/catalogue'
import { Empty } from '../parts/Notice'
import { NounPage, NounPlaceholder, NounProblem } from '../parts/NounPage'
import style from '../parts/NounPage.module.css'
import { runState } from '../parts/run_state'
import { StateBadge } from '../parts/StateBadge'
import { Time } from '../parts/Time'
import type { PlotSpec } from '../plots/plot_spec'
import { VegaPlot } from '../plots/VegaPlot'
import { SoundnessBanner } from '../soundness/SoundnessBanner'
import { CandidateTable } from './CandidateTable'
import { ChoicePart } from './ChoicePart'
import { fitWith, frontWith, residualsWith, withLawLine } from './candidate_plots'
import { Formula } from './Formula'
import { LawFacts } from './LawFacts'
import lawStyle from './LawPage.module.css'
import { type Candidate, type LawDocument, readLaw } from './law_document'
import { inWords } from './plot_words'
import { QuantityTable } from './QuantityTable'

export function LawPage() {
  const text = useText()
  const { run: name } = useParams({ from: '/laws/$run' })
  const { data, error, refetch } = useLaw(name)
  useBreadcrumb(data?.run.project, `${data?.run.handle ?? name} · ${text('law.title')}`, '/runs')
  const law = useMemo(() => readLaw(data?.law), [data?.law])
  if (error && !data) return <NounProblem name={name} error={error} onRetry={refetch} />
  if (!data) return <NounPlaceholder name={name} />
  if (!law) return <Empty>{text('law.unreadable')}</Empty>
  return <ShownLaw key={data.run.id} detail={data} law={law} />
}

function ShownLaw({ detail, law }: { detail: LawDetail; law: LawDocument }) {
  const text = useText()
  const { run } = detail
  const { candidate: wanted } = useSearch({ from: '/laws/$run' })
  const navigate = useNavigate({ from: '/laws/$run' })
  const counts = law.front.find(({ id }) => id === detail.chosen)
  const shown = law.front.find(({ id }) => id === wanted) ?? counts ?? law.front[0]
  if (shown === undefined) return <Empty>{text('law.none')}</Empty>
  // The address does not name the selected candidate.
  const look = (id?: string) =>
    navigate({ search: { candidate: id === detail.chosen ? undefined : id }, replace: true })
  return (
    <NounPage
      banner={<SoundnessBanner of={`run/${run.id}`} soundness={run.soundness} />}
      title={
        <>
          <span className={style.handle}>{run.handle}</span>
          <span>{run.name ?? text('law.title')}</span>
        </>
      }
      badges={
        <>
          <StateBadge state={runState(run.state)} />
          <span className={style.by}>
            {run.submitted_by.name && `${text('run.by', { user: run.submitted_by.name })} · `}
            <Time at={run.submitted} />
          </span>
        </>
      }
      summary={<Headline law={law} shown={shown} isChosen={shown.id === detail.chosen} />}
      side={
        <>
          <LawFacts detail={detail} law={law} shown={shown} />
          <LineageAside
            of={run.handle}
            node={`run/${run.id}`}
            called={run.handle}
            project={run.project}
            none={text('run.why.none')}
            noneRests={text('law.rests.none')}
          />
        </>
      }
    >
      <ChoicePart detail={detail} law={law} shown={shown} onShow={look} />
      <Plots detail={detail} law={law} shown={shown} />
      <CandidateTable law={law} chosen={detail.chosen} shown={shown.id} onShow={look} />
      <QuantityTable law={law} shown={shown} />
      <p className={style.quiet}>
        <Link to="/r/$run" params={{ run: run.handle }}>
          {text('law.run', { run: run.handle })}
        </Link>
      </p>
    </NounPage>
  )
}

function Headline({ law, shown, isChosen }: { law: LawDocument; shown: Candidate; isChosen: boolean }) {
  const text = useText()
  const format = useFormat()
  return (
    <>
      <p className={lawStyle.headline}>
        <Formula>{withTarget(law, shown)}</Formula>
      </p>
      <p className={style.quiet}>
        {text(isChosen ? 'law.chosen' : 'law.looked')} · R² {format.value(shown.r2, 8)}
        {shown.r2_holdout != null && ` · ${text('law.holdOut')} R² ${format.value(shown.r2_holdout, 8)}`}
      </p>
    </>
  )
}

const withTarget = (law: LawDocument, { display }: Candidate): string => `${law.target_text} = ${display}`

interface PlotsProps {
  detail: LawDetail
  law: LawDocument
  shown: Candidate
}

/** The plots of the run, drawn for the shown candidate. */
function Plots({ detail, law, shown }: PlotsProps) {
  const text = useText()
  const plots = useMemo(() => {
    const kept = new Map(detail.plots.map(({ name, spec }) => [name, spec as PlotSpec]))
    const [front, fit, residuals] = ['front', 'fit', 'residuals'].map((name) => kept.get(name))
    const asKept = shown.id === law.chosen
    const newFit = fit && !asKept ? fitWith(fit, shown) : fit
    const translated = (spec: PlotSpec | undefined, key: MessageKey) => spec && inWords(spec, text(key), text)
    return {
      front: translated(front && frontWith(front, shown.id), 'law.plot.front'),
      fit: translated(newFit && withLawLine(newFit), 'law.plot.fit'),
      residuals: translated(
        residuals && fit && !asKept ? residualsWith(residuals, fit, shown) : residuals,
        'law.plot.residuals',
      ),
      cannotRedraw: !asKept && fit !== undefined && newFit === undefined,
    }
  }, [detail.plots, law.chosen, shown, text])
  const name = (plot: string) => `${detail.run.handle}-${plot}`
  return (
    <section aria-label={text('run.picture')} className={lawStyle.plots}>
      {plots.cannotRedraw && <p className={style.quiet}>{text('law.cannotRedraw')}</p>}
      {plots.fit && <VegaPlot spec={plots.fit} title={text('law.plot.fit')} name={name('fit')} height_px={340} />}
      {plots.front && (
        <VegaPlot spec={plots.front} title={text('law.plot.front')} name={name('front')} height_px={340} />
      )}
      {plots.residuals && (
        <div className={lawStyle.whole}>
          <VegaPlot
            spec={plots.residuals}
            title={text('law.plot.residuals')}
            name={name('residuals')}
            height_px={220}
          />
        </div>
      )}
    </section>
  )
}
