// The page of one run: title line, one sentence, the main picture, facts at the right, tabs for the rest, and always in
// the same position its upstream and downstream lineage.
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import { useRun } from '../api/runs'
import type { RunDetail } from '../api/types'
import { useBreadcrumb } from '../frame/Breadcrumb'
import { type MessageKey, useText } from '../messages/catalogue'
import { Placeholder, Problem } from '../parts/Notice'
import style from '../parts/NounPage.module.css'
import { TabPanel, Tabs } from '../parts/Tabs'
import { RepairPart } from '../soundness/RepairPart'
import { SoundnessBanner } from '../soundness/SoundnessBanner'
import { AddedLaterPart } from './AddedLaterPart'
import { CaptureNotes } from './CaptureNotes'
import { DeletedRun } from './DeletedRun'
import { LineagePart } from './LineagePart'
import { MainPicture } from './MainPicture'
import { RunFacts } from './RunFacts'
import { RunHead } from './RunHead'
import { type RunTab, runTabs } from './run_search'
import { SetAsidePart } from './SetAsidePart'

const LogPart = lazy(() => import('./LogPart').then((module) => ({ default: module.LogPart })))
const MetricsPart = lazy(() => import('./MetricsPart').then((module) => ({ default: module.MetricsPart })))
const ResourcesPart = lazy(() => import('./ResourcesPart').then((module) => ({ default: module.ResourcesPart })))
const FilesPart = lazy(() => import('./FilesPart').then((module) => ({ default: module.FilesPart })))
const CodePart = lazy(() => import('./CodePart').then((module) => ({ default: module.CodePart })))
const ParamsPart = lazy(() => import('./ParamsPart').then((module) => ({ default: module.ParamsPart })))
const ReproductionsPart = lazy(() =>
  import('../reproduction/ReproductionsPart').then((module) => ({ default: module.ReproductionsPart })),
)

export function RunPage() {
  const { run: name } = useParams({ from: '/r/$run' })
  const { data: run, error, refetch } = useRun(name)
  useBreadcrumb(run?.project, run?.handle ?? name, '/runs')
  if (error && !run) {
    return (
      <div className={style.head}>
        <h1>{name}</h1>
        <Problem error={error} onRetry={refetch} />
      </div>
    )
  }
  if (!run) return <RunPlaceholder name={name} />
  if (run.deleted) return <DeletedRun run={run} name={name} />
  return <ShownRun key={run.id} run={run} name={name} />
}

function RunPlaceholder({ name }: { name: string }) {
  return (
    <div className={style.page}>
      <div className={style.head}>
        <h1>{name}</h1>
        <Placeholder lines={1} />
      </div>
      <div className={style.main}>
        <Placeholder lines={6} />
      </div>
      <div className={style.side}>
        <Placeholder lines={8} />
      </div>
    </div>
  )
}

/** `name` is the run's name in the address: the key of all requests about it. */
function ShownRun({ run, name }: { run: RunDetail; name: string }) {
  const text = useText()
  const of = `run/${run.id}`
  const { tab = 'log' } = useSearch({ from: '/r/$run' })
  const navigate = useNavigate({ from: '/r/$run' })
  const counts: Partial<Record<RunTab, number>> = {
    params: Object.keys(run.params).length,
    inputs: run.spec?.inputs.length,
    outputs: run.output_files.length + run.outputs_missing.length,
  }
  return (
    <div className={style.page}>
      <SoundnessBanner of={of} soundness={run.soundness} suspicion={run.suspicion}>
        {run.soundness === 'retracted' && <RepairPart of={of} project={run.project} />}
      </SoundnessBanner>
      <RunHead run={run} name={name} />
      <div className={style.main}>
        <MainPicture run={run} name={name} />
        <AddedLaterPart run={run} />
        <SetAsidePart run={run} />
        <CaptureNotes run={run} />
        <section className={style.parts}>
          <Tabs
            label={text('run.tabs')}
            tabs={runTabs.map((each) => ({
              name: each,
              label: text(`run.tab.${each}` satisfies MessageKey),
              count: counts[each],
            }))}
            open={tab}
            onOpen={(next) =>
              navigate({ search: { tab: next === 'log' ? undefined : (next as RunTab) }, replace: true })
            }
          />
          <TabPanel name={tab}>
            <Suspense fallback={<Placeholder lines={6} />}>
              <Part tab={tab} run={run} name={name} />
            </Suspense>
          </TabPanel>
        </section>
      </div>
      <div className={style.side}>
        <RunFacts run={run} />
        <LineagePart run={run} name={name} />
      </div>
    </div>
  )
}

function Part({ tab, run, name }: { tab: RunTab; run: RunDetail; name: string }) {
  switch (tab) {
    case 'log':
      return <LogPart run={run} name={name} />
    case 'metrics':
      return <MetricsPart run={run} name={name} />
    case 'resources':
      return <ResourcesPart run={run} name={name} />
    case 'params':
      return <ParamsPart run={run} />
    case 'inputs':
      return <FilesPart run={run} name={name} side="inputs" />
    case 'outputs':
      return <FilesPart run={run} name={name} side="outputs" />
    case 'reproductions':
      return <ReproductionsPart run={run} name={name} />
    case 'code':
      return <CodePart run={run} />
  }
}
