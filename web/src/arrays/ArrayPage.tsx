// The page of one array: its numbers, the states of all tasks, failures by their last line, metrics over parameters, and
// the table of its tasks.
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useCallback, useRef } from 'react'
import { type ArrayDetail, useArray } from '../api/arrays'
import { useMayChange } from '../api/permissions'
import { useFormat } from '../format/format'
import { useBreadcrumb } from '../frame/Breadcrumb'
import { useText } from '../messages/catalogue'
import { useSay } from '../messages/say'
import { NounPage, NounPlaceholder, NounProblem } from '../parts/NounPage'
import nounStyle from '../parts/NounPage.module.css'
import { Time } from '../parts/Time'
import style from './Array.module.css'
import { ArrayActions } from './ArrayActions'
import { ArrayFacts } from './ArrayFacts'
import { type ArraySearch, numberOf } from './array_search'
import { namesOf } from './axis_words'
import { FailureTable } from './FailureTable'
import { MetricPart } from './MetricPart'
import { StateGrid } from './StateGrid'
import { ArrayState, StateBar, useCountWords } from './StateParts'
import type { TaskState } from './states'
import { TaskTable } from './TaskTable'

export function ArrayPage() {
  const text = useText()
  const { array: name } = useParams({ from: '/arrays/$array' })
  const search = useSearch({ from: '/arrays/$array' })
  const navigate = useNavigate({ from: '/arrays/$array' })
  const { data, error, refetch } = useArray(name)
  const onSearch = useCallback(
    (change: ArraySearch) => navigate({ search: (now) => ({ ...now, ...change }), replace: true, resetScroll: false }),
    [navigate],
  )
  useBreadcrumb(data?.array.project, data?.array.name ?? `array/${name}`, '/arrays')
  const called = `${text('array.array')} ${name}`
  if (error && !data) return <NounProblem name={called} error={error} onRetry={refetch} />
  if (!data) return <NounPlaceholder name={called} />
  return <ShownArray key={data.array.id} detail={data} search={search} onSearch={onSearch} />
}

interface ShownArrayProps {
  detail: ArrayDetail
  search: ArraySearch
  /** Changes these parameters of the address. */
  onSearch: (change: ArraySearch) => void
}

export function ShownArray({ detail, search, onSearch }: ShownArrayProps) {
  const { array } = detail
  const { name, title, state, project, submitted, submitted_by, counts } = array
  const text = useText()
  const mayChange = useMayChange(project)
  const number = numberOf(array)
  const tasks = useRef<HTMLElement>(null)
  const onShowTasks = useCallback(
    (from: number, state?: TaskState) => {
      onSearch({ from: from > 1 ? from : undefined, state })
      tasks.current?.scrollIntoView({ block: 'start' })
      tasks.current?.focus({ preventScroll: true })
    },
    [onSearch],
  )
  const names = detail.axes.flatMap(namesOf)
  return (
    <NounPage
      title={
        <>
          <span className={nounStyle.handle}>{name}</span>
          {title && <span>{title}</span>}
        </>
      }
      badges={
        <>
          <ArrayState array={array} />
          <span className={nounStyle.by}>
            {submitted_by.name && `${text('array.by', { user: submitted_by.name })} · `}
            <Time at={submitted} />
          </span>
          {mayChange && <ArrayActions array={array} />}
        </>
      }
      summary={<Summary detail={detail} />}
      bad={state === 'blocked'}
      side={<ArrayFacts detail={detail} />}
    >
      <StateGrid array={number} counts={counts} onShowTasks={onShowTasks} />
      {counts.failed > 0 && (
        <FailureTable array={array} number={number} mayChange={mayChange} onShowTasks={onShowTasks} />
      )}
      {counts.done > 0 && (
        <MetricPart
          number={number}
          name={name}
          names={names}
          units={detail.gather?.units ?? {}}
          search={search}
          onSearch={onSearch}
        />
      )}
      <section ref={tasks} tabIndex={-1} className={style.part} aria-label={text('array.tasks')}>
        <TaskTable number={number} array={array} names={names} search={search} onSearch={onSearch} />
      </section>
    </NounPage>
  )
}

function Summary({ detail: { array, waits } }: { detail: ArrayDetail }) {
  const text = useText()
  const say = useSay()
  const format = useFormat()
  const words = useCountWords()
  const { because, because_said, stopped_by, other_files, tasks, counts, command } = array
  const total = text('array.tasks.count', { count: tasks === 1 ? 1 : format.count(tasks) })
  return (
    <div className={style.summary}>
      <code>{command}</code>
      {because != null && <p>{text('array.blocked', { because: because_said ? say(because_said) : because })}</p>}
      {waits != null && <p>{say(waits)}</p>}
      {stopped_by != null && <p>{text('array.stopped', { rule: stopped_by })}</p>}
      {other_files?.map(({ what, said }) => (
        <p key={what} className={style.warning}>
          {say(said)}
        </p>
      ))}
      <div className={style.counts}>
        <StateBar counts={counts} />
        <p role="status">
          {total} · {words(counts)}
        </p>
      </div>
    </div>
  )
}
