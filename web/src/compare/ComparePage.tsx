// Several runs side by side: their curves, their differences, how parameters and metrics are related, and their outputs.
// The address holds all choices.
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { lazy, Suspense, useCallback, useMemo, useState } from 'react'
import { compared_max, useComparedRuns } from '../api/comparison'
import { asApiError } from '../api/error'
import { useAddressColours } from '../charts/address_colours'
import { useRunToken } from '../charts/colour_choice'
import { useBreadcrumb } from '../frame/Breadcrumb'
import { type MessageKey, useText } from '../messages/catalogue'
import { Button } from '../parts/Button'
import { Icon } from '../parts/Icon'
import inputStyle from '../parts/Input.module.css'
import { Empty, Placeholder, Problem } from '../parts/Notice'
import { runState } from '../parts/run_state'
import { StateBadge } from '../parts/StateBadge'
import { TabPanel, Tabs } from '../parts/Tabs'
import { useOpenView } from '../views/open_view'
import { ViewMenu } from '../views/ViewMenu'
import style from './Compare.module.css'
import { CurvesPart } from './CurvesPart'
import { type CompareSearch, type CompareTab, compareTabs, handlesIn, readCompareSearch } from './compare_search'
import { looksOf } from './run_colours'
import { Swatch } from './Swatch'

const DifferencesPart = lazy(() => import('./DifferencesPart').then((module) => ({ default: module.DifferencesPart })))
const RelationsPart = lazy(() => import('./RelationsPart').then((module) => ({ default: module.RelationsPart })))
const OutputsPart = lazy(() => import('./OutputsPart').then((module) => ({ default: module.OutputsPart })))

const noRuns: never[] = []

/** More chips would fill the page; the legend and the tables name all runs. */
const chips_max = 12

export function ComparePage() {
  const text = useText()
  const search = useSearch({ from: '/compare' })
  const navigate = useNavigate({ from: '/compare' })
  const handles = useMemo(() => handlesIn(search.runs), [search.runs])
  const asked = useComparedRuns(handles)
  const compared = handles.length === 0 ? undefined : asked.data
  const project = compared?.runs[0]?.project
  const isOneProject = compared?.runs.every((run) => run.project === project) ?? false
  useBreadcrumb(isOneProject ? project : undefined, text('compare.title'), '/runs')
  const onSearch = useCallback(
    (change: Partial<CompareSearch>) => navigate({ search: (before) => ({ ...before, ...change }), replace: true }),
    [navigate],
  )
  useAddressColours(
    search.colours,
    compared?.runs ?? noRuns,
    useCallback((colours: string | undefined) => onSearch({ colours }), [onSearch]),
  )
  useOpenView(search, (view) =>
    navigate({ search: { ...readCompareSearch(view.state), view: view.id }, replace: true }),
  )
  const setRuns = (next: readonly string[]) => onSearch({ runs: next.length === 0 ? undefined : next.join(',') })
  const onRemove = (handle: string) => setRuns(handles.filter((each) => each !== handle))
  // A run that was deleted since the address was made has nothing to compare.
  const refusal = asApiError(asked.error)
  const deleted =
    refusal?.code === 'run.deleted' ? handles.find((handle) => refusal.message.includes(` ${handle} `)) : undefined
  const tokenOf = useRunToken()
  const tokens = compared?.runs.map((run) => tokenOf(run.id)).join()
  const looks = useMemo(() => {
    const runs = compared?.runs ?? []
    const chosen = new Map(runs.map((run, at) => [run.handle, tokens?.split(',')[at]]))
    return looksOf(
      runs.map(({ handle }) => handle),
      (handle) => chosen.get(handle),
    )
  }, [compared, tokens])
  const tab = search.tab ?? 'curves'

  return (
    <div className={style.page}>
      <header className={style.head}>
        <h1>{text('compare.title')}</h1>
        {handles.length > 0 && <span role="status">{text('compare.count', { count: handles.length })}</span>}
        <AddRun onAdd={(more) => setRuns([...new Set([...handles, ...more])])} />
        <ViewMenu
          page="compare"
          search={search}
          project={isOneProject ? project : undefined}
          onView={(view) => onSearch({ view })}
        />
      </header>
      {handles.length === 0 ? (
        <Empty command="hven compare 7Q2M 8R3N">
          {text('compare.none')} <Link to="/runs">{text('compare.none.link')}</Link>
        </Empty>
      ) : handles.length > compared_max ? (
        <div className={style.refused} role="alert">
          <p>{text('compare.tooMany', { count: handles.length, max: compared_max })}</p>
          <Button onClick={() => setRuns(handles.slice(0, compared_max))}>
            {text('compare.first', { max: compared_max })}
          </Button>
        </div>
      ) : asked.error && !compared ? (
        <>
          <Problem error={asked.error} onRetry={asked.refetch} />
          {deleted !== undefined && (
            <div>
              <Button onClick={() => onRemove(deleted)}>{text('compare.withoutDeleted', { run: deleted })}</Button>
            </div>
          )}
        </>
      ) : compared === undefined ? (
        <Placeholder lines={12} />
      ) : (
        <>
          <ul className={style.chips} aria-label={text('compare.runs')}>
            {compared.runs.slice(0, chips_max).map((run) => {
              const look = looks.get(run.handle)
              return (
                <li key={run.id}>
                  {look && <Swatch look={look} />}
                  <Link to="/r/$run" params={{ run: run.handle }}>
                    {run.handle}
                  </Link>
                  {run.name && <span className={style.chipName}>{run.name}</span>}
                  <StateBadge state={runState(run.state)} />
                  <button
                    type="button"
                    aria-label={text('compare.remove', { run: run.handle })}
                    onClick={() => onRemove(run.handle)}
                  >
                    <Icon name="cross" size={11} />
                  </button>
                </li>
              )
            })}
            {compared.runs.length > chips_max && (
              <li className={style.note}>{text('compare.more', { count: compared.runs.length - chips_max })}</li>
            )}
          </ul>
          {compared.runs.length === 1 && <p className={style.note}>{text('compare.one')}</p>}
          <Tabs
            label={text('compare.title')}
            tabs={compareTabs.map((name) => ({ name, label: text(`compare.tab.${name}` satisfies MessageKey) }))}
            open={tab}
            onOpen={(next) => onSearch({ tab: next === 'curves' ? undefined : (next as CompareTab) })}
          />
          <TabPanel name={tab}>
            <Suspense fallback={<Placeholder lines={8} />}>
              {tab === 'curves' && <CurvesPart compared={compared} search={search} onSearch={onSearch} />}
              {tab === 'differences' && (
                <DifferencesPart
                  compared={compared}
                  looks={looks}
                  search={search}
                  onSearch={onSearch}
                  onRemove={onRemove}
                />
              )}
              {tab === 'relations' && <RelationsPart compared={compared} search={search} onSearch={onSearch} />}
              {tab === 'outputs' && (
                <OutputsPart compared={compared} looks={looks} search={search} onSearch={onSearch} />
              )}
            </Suspense>
          </TabPanel>
        </>
      )}
    </div>
  )
}

function AddRun({ onAdd }: { onAdd: (handles: string[]) => void }) {
  const text = useText()
  const [typed, setTyped] = useState('')
  return (
    <form
      className={style.add}
      onSubmit={(event) => {
        event.preventDefault()
        const handles = handlesIn(typed.replace(/\s+/g, ','))
        if (handles.length > 0) onAdd(handles)
        setTyped('')
      }}
    >
      <input
        className={inputStyle.input}
        value={typed}
        spellCheck={false}
        autoComplete="off"
        aria-label={text('compare.add.label')}
        placeholder={text('compare.add.hint')}
        onChange={(event) => setTyped(event.target.value)}
      />
      <Button type="submit" icon="plus" disabled={typed.trim() === ''}>
        {text('compare.add')}
      </Button>
    </form>
  )
}
