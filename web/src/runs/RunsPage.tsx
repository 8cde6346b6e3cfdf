// The list of runs. The address stores filter, order and columns; a link to it shows the same list.
import { Menu } from '@base-ui/react/menu'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback, useMemo, useState } from 'react'
import { asApiError } from '../api/error'
import { useTags } from '../api/labels'
import { useHasArchived, useRunList } from '../api/runs'
import { useProjects } from '../api/server'
import { useBreadcrumb } from '../frame/Breadcrumb'
import { keyFor, useText } from '../messages/catalogue'
import { Button } from '../parts/Button'
import { Icon } from '../parts/Icon'
import inputStyle from '../parts/Input.module.css'
import menuStyle from '../parts/Menu.module.css'
import { Empty, Placeholder, Problem } from '../parts/Notice'
import { RunRecipeLink } from '../recipe/RunRecipeLink'
import { BulkBar } from './BulkBar'
import { ColumnMenu } from './ColumnMenu'
import { useColumnChoice } from './column_choice'
import { states } from './completion'
import { exportRuns } from './export_runs'
import { FilterInput } from './FilterInput'
import { LeftOutTasks } from './LeftOutTasks'
import style from './RunsPage.module.css'
import { RunTable } from './RunTable'
import { allKinds, newestFirst, onlyArchived, type RunsSearch, tagsOf, withArchived } from './runs_search'
import { TagFilter } from './TagFilter'

export function RunsPage() {
  const text = useText()
  const search = useSearch({ from: '/runs' })
  const navigate = useNavigate({ from: '/runs' })
  const filter = useMemo(
    () => ({
      q: search.q,
      state: search.state,
      project: search.project,
      all_kinds: search.kinds === allKinds ? ('true' as const) : undefined,
      tag: search.tag,
      archived: search.archived,
      sort: search.sort ?? newestFirst,
    }),
    [search.q, search.state, search.project, search.kinds, search.tag, search.archived, search.sort],
  )
  const list = useRunList(filter)
  const { columns, choose } = useColumnChoice()
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const [exportError, setExportError] = useState<unknown>()
  useBreadcrumb(search.project, text('runs.title'))

  const runs = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data])
  const seen = useMemo(() => seenKeys(runs), [runs])
  const selected = useMemo(() => runs.filter((run) => chosen.has(run.handle)), [runs, chosen])
  const projects = useProjects().data?.map((project) => project.path) ?? []
  const tags = useTags(search.project).data?.map(({ tag }) => tag) ?? []
  const set = (change: Partial<RunsSearch>) =>
    navigate({ search: (before) => ({ ...before, ...change }), replace: true })
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = list
  const onNearEnd = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) fetchNextPage()
  }, [hasNextPage, isFetchingNextPage, fetchNextPage])
  const save = (kind: 'csv' | 'json') =>
    exportRuns(kind, filter, columns, text).then(() => setExportError(undefined), setExportError)

  const refused = asApiError(list.error)
  const badFilter =
    (search.q || search.tag) && refused && refused.status >= 400 && refused.status < 500 ? refused : undefined
  const filtered = Boolean(search.q || search.state || search.project || search.tag || search.archived === onlyArchived)
  const isEmpty = list.data !== undefined && runs.length === 0 && !filtered
  // A list without archived runs may be empty although there are runs.
  const allArchived = useHasArchived(isEmpty && search.archived === undefined).data ?? false

  return (
    <div className={style.page}>
      <header className={style.head}>
        <h1>{text('runs.title')}</h1>
        <span className={style.count} role="status">
          {list.data && text(hasNextPage ? 'runs.shown.more' : 'runs.shown', { count: runs.length })}
        </span>
        <RunRecipeLink />
      </header>
      <div className={style.tools}>
        <FilterInput
          value={search.q ?? ''}
          projects={projects}
          tags={tags}
          refused={badFilter && `${badFilter.message} ${badFilter.hint}`}
          onChange={({ q, tags: more, ...rest }) =>
            set({
              q: q === '' ? undefined : q,
              ...rest,
              ...(more && { tag: [...new Set([...tagsOf(search.tag), ...more])].join(',') }),
            })
          }
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
        <ColumnMenu columns={columns} seen={seen} onChoose={choose} />
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
      ) : list.data === undefined && !badFilter ? (
        <Placeholder lines={12} />
      ) : runs.length === 0 && !badFilter ? (
        filtered ? (
          <Empty>
            {text('runs.none.match')}{' '}
            <Button
              onClick={() =>
                set({ q: undefined, state: undefined, project: undefined, tag: undefined, archived: undefined })
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
      ) : (
        <RunTable
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
        <BulkBar selected={selected} isListed={runs.length > 0} onKeep={(handles) => setChosen(new Set(handles))} />
      </footer>
    </div>
  )
}

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
