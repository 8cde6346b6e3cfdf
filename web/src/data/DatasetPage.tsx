// The page of one version of a dataset: its description, its soundness, the content of its columns, and related things.
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useMemo } from 'react'
import { tableUrl, useDataset } from '../api/knowledge'
import type { DatasetDetail } from '../api/types'
import { useFormat } from '../format/format'
import { useBreadcrumb } from '../frame/Breadcrumb'
import { LineageAside } from '../lineage/LineageAside'
import { useText } from '../messages/catalogue'
import buttonStyle from '../parts/Button.module.css'
import { Icon } from '../parts/Icon'
import { Empty } from '../parts/Notice'
import { NounPage, NounPlaceholder, NounProblem } from '../parts/NounPage'
import style from '../parts/NounPage.module.css'
import { TabPanel, Tabs } from '../parts/Tabs'
import { Time } from '../parts/Time'
import { RunRecipeLink } from '../recipe/RunRecipeLink'
import { RepairPart } from '../soundness/RepairPart'
import { RetractButton } from '../soundness/RetractButton'
import { SoundnessBanner } from '../soundness/SoundnessBanner'
import { CheckMarks } from './CheckMarks'
import { ChecksPart } from './ChecksPart'
import { ColumnsPart } from './ColumnsPart'
import { DatasetFacts } from './DatasetFacts'
import { type DatasetTab, datasetTabs } from './data_search'
import { type ImportReport, readReport, readSample } from './documents'
import { ProblemsPart } from './ProblemsPart'
import { ProfileGrid } from './ProfileGrid'
import { SamplePart } from './SamplePart'
import { SplitsPart } from './SplitsPart'
import { VersionsPart } from './VersionsPart'

export function DatasetPage() {
  const { dataset: name } = useParams({ from: '/data/$dataset' })
  const { data, error, refetch } = useDataset(name)
  useBreadcrumb(data?.project, data?.reference ?? name, '/data')
  if (error && !data) return <NounProblem name={name} error={error} onRetry={refetch} />
  if (!data) return <NounPlaceholder name={name} />
  return <ShownDataset key={data.id} dataset={data} />
}

function ShownDataset({ dataset }: { dataset: DatasetDetail }) {
  const text = useText()
  const format = useFormat()
  const of = `data/${dataset.id}`
  const report = useMemo(() => readReport(dataset.report), [dataset.report])
  return (
    <NounPage
      banner={<Banner of={of} dataset={dataset} />}
      title={<span className={style.handle}>{dataset.reference}</span>}
      badges={
        <>
          <CheckMarks dataset={dataset} />
          <span className={style.by}>
            {dataset.added_by.name && `${text('data.by', { user: dataset.added_by.name })} · `}
            <Time at={dataset.added} />
          </span>
          <span className={style.acts}>
            <a className={buttonStyle.button} href={tableUrl(dataset.id)} download>
              <Icon name="download" />
              {text('data.download')}
            </a>
            <RunRecipeLink data={dataset.reference} project={dataset.project} />
            <RetractButton of={of} called={dataset.reference} soundness={dataset.soundness} project={dataset.project} />
          </span>
        </>
      }
      summary={
        <>
          {dataset.description && <p>{dataset.description}</p>}
          <p>
            {text('data.summary', {
              rows: format.count(dataset.rows),
              columns: format.count(dataset.columns),
              size: format.bytes(dataset.bytes),
              license: dataset.license ? text('data.summary.license', { license: dataset.license }) : '',
            })}
          </p>
          {dataset.reader_change && <p>{text('data.reader', { ...dataset.reader_change })}</p>}
          {!dataset.newest && <NewerVersion dataset={dataset} />}
        </>
      }
      side={
        <>
          <DatasetFacts dataset={dataset} report={report} />
          <LineageAside
            of={of}
            called={dataset.reference}
            project={dataset.project}
            none={text('data.why.none')}
            noneRests={text('data.rests.none')}
          />
        </>
      }
    >
      {report ? (
        <ProfileGrid columns={report.columns} profile={report.profile} />
      ) : (
        <Empty>{text('data.erased')}</Empty>
      )}
      <Parts dataset={dataset} report={report} />
    </NounPage>
  )
}

function Banner({ of, dataset }: { of: string; dataset: DatasetDetail }) {
  const others = dataset.versions.filter(({ id }) => id !== dataset.id)
  return (
    <SoundnessBanner of={of} soundness={dataset.soundness} suspicion={dataset.suspicion}>
      {dataset.soundness === 'retracted' && (
        <RepairPart
          of={of}
          project={dataset.project}
          versions={others.map(({ id, version }) => ({ name: `data/${id}`, reference: `${dataset.name}@${version}` }))}
          command={`hven data add ${dataset.name}.csv --name ${dataset.name}`}
        />
      )}
    </SoundnessBanner>
  )
}

function NewerVersion({ dataset }: { dataset: DatasetDetail }) {
  const text = useText()
  const newest = dataset.versions[0]
  if (newest === undefined) return null
  return (
    <p>
      {text('data.older')}{' '}
      <Link to="/data/$dataset" params={{ dataset: newest.id }}>
        {dataset.name}@{newest.version}
      </Link>
    </p>
  )
}

interface PartsProps {
  dataset: DatasetDetail
  report: ImportReport | undefined
}

function Parts({ dataset, report }: PartsProps) {
  const text = useText()
  const { tab = 'columns' } = useSearch({ from: '/data/$dataset' })
  const navigate = useNavigate({ from: '/data/$dataset' })
  const counts: Partial<Record<DatasetTab, number>> = {
    columns: dataset.columns,
    problems: dataset.problems,
    checks: report?.checks.length,
    splits: dataset.split_list.length,
    versions: dataset.versions.length,
  }
  return (
    <section className={style.parts}>
      <Tabs
        label={text('data.tabs')}
        tabs={datasetTabs.map((each) => ({ name: each, label: text(`data.tab.${each}`), count: counts[each] }))}
        open={tab}
        onOpen={(next) =>
          navigate({ search: { tab: next === 'columns' ? undefined : (next as DatasetTab) }, replace: true })
        }
      />
      <TabPanel name={tab}>
        <Part tab={tab} dataset={dataset} report={report} />
      </TabPanel>
    </section>
  )
}

function Part({ tab, dataset, report }: PartsProps & { tab: DatasetTab }) {
  const text = useText()
  if (tab === 'splits') return <SplitsPart dataset={dataset} />
  if (tab === 'versions') return <VersionsPart dataset={dataset} />
  if (tab === 'sample') {
    const sample = readSample(dataset.sample, report?.columns ?? [])
    return sample ? <SamplePart dataset={dataset} sample={sample} /> : <Empty>{text('data.sample.erased')}</Empty>
  }
  if (report === undefined) return <Empty>{text('data.erased')}</Empty>
  if (tab === 'problems') return <ProblemsPart report={report} />
  if (tab === 'checks') return <ChecksPart report={report} />
  return <ColumnsPart report={report} />
}
