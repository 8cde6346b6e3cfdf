// The list of runs. The address stores filter, order and columns; a link to it shows the same list.
import { Menu } from '@base-ui/react/menu'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback, useMemo, useRef, useState } from 'react'
import { type RunColumn, useRunColumns } from '../api/comparison'
import { asApiError } from '../api/error'
import { useTags } from '../api/labels'
import { useHasArchived, useRunList, useRunsNamed } from '../api/runs'
import { useProjects } from '../api/server'
import type { RunSummary } from '../api/types'
import { useAddressColours, withColour } from '../charts/address_colours'
import { compareLink } from '../compare/compare_search'
import { useBreadcrumb } from '../frame/Breadcrumb'
import { keyFor, useText } from '../messages/catalogue'
import { Button } from '../parts/Button'
import buttonStyle from '../parts/Button.module.css'
import { Icon } from '../parts/Icon'
import inputStyle from '../parts/Input.module.css'
import menuStyle from '../parts/Menu.module.css'
import { Empty, Placeholder, Problem } from '../parts/Notice'
import { RunRecipeLink } from '../recipe/RunRecipeLink'
import { useOpenView } from '../views/open_view'
import { ViewMenu } from '../views/ViewMenu'
import { BrowserViews } from './BrowserViews'
import { BulkBar } from './BulkBar'
import { ColumnMenu } from './ColumnMenu'
import { useColumnChoice } from './column_choice'
import { type Column, columnOf } from './columns'
import { states } from './completion'
import { type ExportKind, exportRuns } from './export_runs'
import { FilterInput } from './FilterInput'
import { GroupMenu } from './GroupMenu'
import { GroupTable } from './GroupTable'
import { LeftOutTasks } from './LeftOutTasks'
import style from './RunsPage.module.css'
import { RunTable } from './RunTable'
import {
  allKinds,
  columnsText,
  listIn,
  newestFirst,
  onlyArchived,
  type RunsSearch,
  readRunsSearch,
  rowValues,
  tagsOf,
  withArchived,
} from './runs_search'
import { TagFilter } from './TagFilter'
import { WhereInput } from './WhereInput'

export function RunsPage() {
  const text = useText()
  const search = useSearch({ from: '/runs' })
  const navigate = useNavigate({ from: '/runs' })
  const { columns, choose } = useColumnChoice()
  const values = useMemo(() => {
    const names = columns.map(({ name }) => name)
    return rowValues(search.group === undefined ? names : [...names, search.group])
  }, [columns, search.group])
  const filter = useMemo(
    () => ({
      ...values,
      q: search.q,
      where: search.where,
      state: search.state,
      project: search.project,
      all_kinds: search.kinds === allKinds ? ('true' as const) : undefined,
      tag: search.tag,
      archived: search.archived,
      sort: search.sort ?? newestFirst,
    }),
    [
      values,
      search.q,
      search.where,
      search.state,
      search.project,
      search.kinds,
      search.tag,
      search.archived,
      search.sort,
    ],
  )
  const list = useRunList(filter)
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const [exportError, setExportError] = useState<unknown>()
  useBreadcrumb(search.project, text('runs.title'))

  const refused = asApiError(list.error)
  const badFilter =
    (search.q || search.tag || search.where) && refused && refused.status >= 400 && refused.status < 500
      ? refused
      : undefined
  // While a condition is wrong, the list of the last one stays.
  const lastData = useRef(list.data)
  if (list.data) lastData.current = list.data
  const data = list.data ?? (badFilter ? lastData.current : undefined)
  const listed = useMemo(() => data?.pages.flatMap((page) => page.items) ?? [], [data])
  const counted = data?.pages[0]?.counted ?? undefined
  const pins = usePinned(search.pins, listed, values)
  const runs = useMemo(() => {
    const pinned = new Set(pins.map(({ handle }) => handle))
    return pinned.size === 0 ? listed : listed.filter(({ handle }) => !pinned.has(handle))
  }, [listed, pins])
  const known = useRunColumns(search.project).data
  const seen = useMemo(() => known?.columns.map(columnName) ?? seenKeys(listed), [known, listed])
  const selected = useMemo(() => [...pins, ...runs].filter((run) => chosen.has(run.handle)), [pins, runs, chosen])
  const projectList = useProjects().data
  const projects = useMemo(() => projectList?.map((project) => project.path) ?? [], [projectList])
  const tagList = useTags(search.project).data
  const tags = useMemo(() => tagList?.map(({ tag }) => tag) ?? [], [tagList])
  const set = useCallback(
    (change: Partial<RunsSearch>) => navigate({ search: (before) => ({ ...before, ...change }), replace: true }),
    [navigate],
  )
  const shownRuns = useMemo(() => [...pins, ...runs], [pins, runs])
  useAddressColours(
    search.colours,
    shownRuns,
    useCallback((colours: string | undefined) => set({ colours }), [set]),
  )
  useOpenView(search, (view) => navigate({ search: { ...readRunsSearch(view.state), view: view.id }, replace: true }))
  const compare = (handles: string[]) => navigate(compareLink(handles, search.colours))
  const pin = (handle: string) => {
    const before = listIn(search.pins)
    const next = before.includes(handle)
      ? before.filter((each) => each !== handle)
      : [...before, handle].slice(-pins_max)
    set({ pins: next.join(',') || undefined })
  }
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = list
  const onNearEnd = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) fetchNextPage()
  }, [hasNextPage, isFetchingNextPage, fetchNextPage])
  const save = (kind: ExportKind) =>
    exportRuns(kind, filter, columns, text).then(() => setExportError(undefined), setExportError)

  const filtered = Boolean(
    search.q || search.where || search.state || search.project || search.tag || search.archived === onlyArchived,
  )
  const isEmpty = data !== undefined && listed.length === 0 && !filtered
  // A list without archived runs may be empty although there are runs.
  const knownValues = useMemo(() => ({ state: states, project: projects, tags }), [projects, tags])
  const grouped = search.group === undefined ? undefined : columnOf(search.group)
  const allArchived = useHasArchived(isEmpty && search.archived === undefined).data ?? false

  return (
    <div className={style.page}>
      <header className={style.head}>
        <h1>{text('runs.title')}</h1>
        <span className={style.count} role="status">
          {data &&
            (counted
              ? text('runs.shown', { count: counted.fit })
              : text(hasNextPage ? 'runs.shown.more' : 'runs.shown', { count: listed.length }))}
          {counted !== undefined && counted.cannot_tell > 0 && (
            <span title={text('runs.where.cannotTell.why')}>
              {' · '}
              {text('runs.where.cannotTell', { count: counted.cannot_tell })}
            </span>
          )}
        </span>
        <RunRecipeLink />
        <Link to="/logs" search={{ project: search.project }} className={buttonStyle.button}>
          <Icon name="search" size={15} />
          {text('logs.link')}
        </Link>
      </header>
      <div className={style.tools}>
        <FilterInput
          value={search.q ?? ''}
          projects={projects}
          tags={tags}
          refused={badFilter && !search.where ? `${badFilter.message} ${badFilter.hint}` : undefined}
          onChange={({ q, tags: more, ...rest }) =>
            set({
              q: q === '' ? undefined : q,
              ...rest,
              ...(more && { tag: [...new Set([...tagsOf(search.tag), ...more])].join(',') }),
            })
          }
        />
        <WhereInput
          value={search.where ?? ''}
          columns={known}
          values={knownValues}
          refused={badFilter && search.where ? badFilter.message : undefined}
          onChange={(where) => set({ where: where || undefined })}
        />
        <StateSelect value={search.state ?? ''} onChange={(state) => set({ state: state || undefined })} />
        <ProjectSelect
          projects={projects}
          value={search.project ?? ''}
          onChange={(project) => set({ project: project || undefined })}
        />
        <TagFilter value={search.tag} project={search.project} onChange={(tag) => set({ tag })} />
        <KindSelect value={search.kinds ?? ''} onChange={(kinds) => set({ kinds: kinds || undefined })} />
        <Button
          icon="archive"
          aria-pressed={search.archived !== undefined}
          onClick={() => set({ archived: search.archived === undefined ? withArchived : undefined })}
        >
          <span>{text(search.archived === onlyArchived ? 'runs.archived.only' : 'runs.archived.show')}</span>
        </Button>
        <GroupMenu value={search.group} columns={columns} seen={seen} onChange={(group) => set({ group })} />
        <ColumnMenu columns={columns} seen={seen} onChoose={choose} />
        <ViewMenu
          page="runs"
          search={{ ...search, cols: search.cols ?? columnsText(columns.map(({ name }) => name)) }}
          project={search.project}
          onView={(view) => set({ view })}
          more={(project) => <BrowserViews project={project} />}
        />
        <Menu.Root>
          <Menu.Trigger render={<Button />}>
            <Icon name="download" size={15} />
            <span>{text('runs.export')}</span>
          </Menu.Trigger>
          <Menu.Portal>
            <Menu.Positioner align="end" sideOffset={4} className={menuStyle.positioner}>
              <Menu.Popup className={menuStyle.popup}>
                <Menu.Item className={menuStyle.item} onClick={() => save('csv')}>
                  {text('runs.export.csv')}
                </Menu.Item>
                <Menu.Item className={menuStyle.item} onClick={() => save('parquet')}>
                  {text('runs.export.parquet')}
                </Menu.Item>
                <Menu.Item className={menuStyle.item} onClick={() => save('json')}>
                  {text('runs.export.json')}
                </Menu.Item>
              </Menu.Popup>
            </Menu.Positioner>
          </Menu.Portal>
        </Menu.Root>
      </div>
      {filtered && <LeftOutTasks filter={filter} />}
      {exportError !== undefined && <Problem error={exportError} />}
      {list.error && !badFilter && runs.length === 0 ? (
        <Problem error={list.error} onRetry={() => list.refetch()} />
      ) : data === undefined && !badFilter ? (
        <Placeholder lines={12} />
      ) : listed.length === 0 && !badFilter ? (
        filtered ? (
          <Empty>
            {text('runs.none.match')}{' '}
            <Button
              onClick={() =>
                set({
                  q: undefined,
                  where: undefined,
                  state: undefined,
                  project: undefined,
                  tag: undefined,
                  archived: undefined,
                })
              }
            >
              {text('runs.none.clear')}
            </Button>
          </Empty>
        ) : allArchived ? (
          <Empty>
            {text('runs.none.archived')}{' '}
            <Button onClick={() => set({ archived: withArchived })}>{text('runs.archived.show')}</Button>
          </Empty>
        ) : (
          <Empty command="hven run -- python3 train.py --lr 0.1">{text('runs.none')}</Empty>
        )
      ) : grouped ? (
        <GroupTable
          filter={filter}
          by={grouped}
          conditionName={conditionName(grouped)}
          columns={columns}
          onShow={(condition) =>
            set({ group: undefined, where: search.where ? `(${search.where}) and ${condition}` : condition })
          }
          onCompare={compare}
        />
      ) : (
        <RunTable
          pinned={pins}
          onPin={pin}
          onColour={(handle, series) => set({ colours: withColour(search.colours, handle, series) })}
          runs={runs}
          columns={columns}
          sort={filter.sort}
          chosen={chosen}
          onSort={(sort) => set({ sort: sort === newestFirst ? undefined : sort })}
          onChoose={setChosen}
          onNearEnd={onNearEnd}
        />
      )}
      {/* The bar stays when the last selected run has left the list, so that the result of the action can be read. */}
      <footer className={style.foot}>
        <BulkBar
          selected={selected}
          isListed={runs.length > 0 && !grouped}
          onKeep={(handles) => setChosen(new Set(handles))}
          onCompare={compare}
        />
      </footer>
    </div>
  )
}

/** More runs at the top would leave no room for the others. */
const pins_max = 12

/** The pinned runs in their order; those that are not in the list are requested. */
function usePinned(pins: string | undefined, listed: RunSummary[], values: ReturnType<typeof rowValues>): RunSummary[] {
  const handles = useMemo(() => listIn(pins).slice(0, pins_max), [pins])
  const isListed = handles.every((handle) => listed.some((run) => run.handle === handle))
  const found = useRunsNamed(isListed ? [] : handles, values).data
  return useMemo(() => {
    const all = [...listed, ...(found ?? [])]
    return handles.flatMap((handle) => all.find((run) => run.handle === handle) ?? [])
  }, [handles, listed, found])
}

const prefixes: Record<string, string> = { metric: 'metrics', parameter: 'params', tag: 'tags' }

/** The name of the column of a metric, parameter or tag. */
const columnName = ({ of, name }: RunColumn): string => `${prefixes[of] ?? 'params'}.${name}`

/** How a condition names a column; undefined if there is no such field. */
const conditionName = ({ name, sorts }: Column): string | undefined =>
  ['submitted', 'duration'].includes(name) ? undefined : sorts?.find((sort) => !sort.startsWith('-'))

/** The parameters and metrics of these runs, as a filter names them. */
function seenKeys(runs: { params: Record<string, unknown>; metrics: { key: string }[] }[]): string[] {
  const names = new Set<string>()
  for (const run of runs.slice(0, 500)) {
    for (const key of Object.keys(run.params)) names.add(`params.${key}`)
    for (const metric of run.metrics) names.add(`metrics.${metric.key}`)
  }
  return [...names].sort()
}

interface SelectProps {
  value: string
  onChange: (value: string) => void
}

function StateSelect({ value, onChange }: SelectProps) {
  const text = useText()
  const name = (state: string) => text(keyFor('state', state) ?? 'word.unknown')
  return (
    <select
      className={inputStyle.select}
      value={value}
      aria-label={text('runs.column.state')}
      onChange={(event) => onChange(event.target.value)}
    >
      <option value="">{text('runs.any')}</option>
      {states.map((state) => (
        <option key={state} value={state}>
          {name(state)}
        </option>
      ))}
      {value.includes(',') && <option value={value}>{value.split(',').map(name).join(', ')}</option>}
    </select>
  )
}

function KindSelect({ value, onChange }: SelectProps) {
  const text = useText()
  return (
    <select
      className={inputStyle.select}
      value={value}
      aria-label={text('runs.kinds')}
      onChange={(event) => onChange(event.target.value)}
    >
      <option value="">{text('runs.kinds.work')}</option>
      <option value={allKinds}>{text('runs.kinds.all')}</option>
    </select>
  )
}

function ProjectSelect({ projects, value, onChange }: SelectProps & { projects: string[] }) {
  const text = useText()
  // A link may name a parent of the projects that have runs.
  const offered = value === '' || projects.includes(value) ? projects : [value, ...projects]
  return (
    <select
      className={inputStyle.select}
      value={value}
      aria-label={text('word.project')}
      onChange={(event) => onChange(event.target.value)}
    >
      <option value="">{text('runs.project.any')}</option>
      {offered.map((path) => (
        <option key={path} value={path}>
          {path}
        </option>
      ))}
    </select>
  )
}
