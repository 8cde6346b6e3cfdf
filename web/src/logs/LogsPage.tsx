// Searches the logs of all runs that the reader may see, the newest run first. The address holds the search. The server
// answers in parts: the page asks for more until it has enough matches, and says how far the search has come.
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useEffect, useMemo, useState } from 'react'
import { useRunColumns } from '../api/comparison'
import { ApiError } from '../api/error'
import { type FoundInLogs, type LogsQuery, useLogs } from '../api/logs'
import { useProjects } from '../api/server'
import { useFormat } from '../format/format'
import { useBreadcrumb } from '../frame/Breadcrumb'
import { useText } from '../messages/catalogue'
import { Button } from '../parts/Button'
import inputStyle from '../parts/Input.module.css'
import listStyle from '../parts/ListPage.module.css'
import { Empty, Placeholder, Problem } from '../parts/Notice'
import { WhereInput } from '../runs/WhereInput'
import { FoundLogPart } from './FoundLogPart'
import { foundLogs } from './found_logs'
import style from './Logs.module.css'
import type { LogsSearch } from './logs_search'

/** After so many more matches the search waits for the reader. */
const step_matches = 200

export function LogsPage() {
  const text = useText()
  const search = useSearch({ from: '/logs' })
  const navigate = useNavigate({ from: '/logs' })
  useBreadcrumb(search.project, text('logs.title'), '/runs')
  const set = (change: Partial<LogsSearch>) =>
    navigate({ search: (before) => ({ ...before, ...change }), replace: true })
  const { q = '', regex, ignore_case, project, where, context } = search
  const wanted: LogsQuery = { q, regex, ignore_case, project, where, context }
  const name = JSON.stringify(wanted)
  return (
    <div className={listStyle.page}>
      <header className={listStyle.head}>
        <h1>{text('logs.title')}</h1>
        <span>{text('logs.summary')}</span>
      </header>
      <SearchForm key={q} search={search} onSearch={set} />
      {q === '' ? (
        <Empty command="hven logs --search 'CUDA error'">{text('logs.none.yet')}</Empty>
      ) : (
        <Matches key={name} wanted={wanted} />
      )}
    </div>
  )
}

function SearchForm({ search, onSearch }: { search: LogsSearch; onSearch: (change: Partial<LogsSearch>) => void }) {
  const text = useText()
  const [draft, setDraft] = useState(search.q ?? '')
  const projects = useProjects().data ?? []
  const columns = useRunColumns(search.project).data
  return (
    <form
      className={style.form}
      role="search"
      onSubmit={(event) => {
        event.preventDefault()
        onSearch({ q: draft === '' ? undefined : draft })
      }}
    >
      <input
        className={inputStyle.input}
        type="search"
        value={draft}
        spellCheck={false}
        autoComplete="off"
        placeholder={text(search.regex ? 'logs.field.regex' : 'logs.field')}
        aria-label={text(search.regex ? 'logs.field.regex' : 'logs.field')}
        onChange={(event) => setDraft(event.target.value)}
      />
      <Button type="submit" kind="primary" icon="search">
        {text('logs.search')}
      </Button>
      <label className={style.tick}>
        <input
          type="checkbox"
          checked={search.regex ?? false}
          onChange={(event) => onSearch({ regex: event.target.checked || undefined, ignore_case: undefined })}
        />
        {text('logs.regex')}
      </label>
      {search.regex && (
        <label className={style.tick}>
          <input
            type="checkbox"
            checked={search.ignore_case ?? false}
            onChange={(event) => onSearch({ ignore_case: event.target.checked || undefined })}
          />
          {text('logs.ignoreCase')}
        </label>
      )}
      <select
        className={inputStyle.select}
        value={search.project ?? ''}
        aria-label={text('word.project')}
        onChange={(event) => onSearch({ project: event.target.value || undefined })}
      >
        <option value="">{text('logs.project.any')}</option>
        {projects.map(({ path }) => (
          <option key={path} value={path}>
            {path}
          </option>
        ))}
      </select>
      <select
        className={inputStyle.select}
        value={search.context ?? 0}
        aria-label={text('logs.context')}
        onChange={(event) => onSearch({ context: Number(event.target.value) || undefined })}
      >
        <option value={0}>{text('logs.context.none')}</option>
        {[1, 2, 5, 10].map((count) => (
          <option key={count} value={count}>
            {text('logs.context.lines', { count })}
          </option>
        ))}
      </select>
      <WhereInput
        value={search.where ?? ''}
        columns={columns}
        values={noValues}
        refused={undefined}
        onChange={(where) => onSearch({ where: where || undefined })}
      />
    </form>
  )
}

const noValues = {}

function Matches({ wanted }: { wanted: LogsQuery }) {
  const text = useText()
  const { data, error, hasNextPage, isFetching, fetchNextPage, refetch } = useLogs(wanted)
  const [enough, setEnough] = useState(step_matches)
  const [stopped, setStopped] = useState(false)
  const pages = useMemo(() => data?.pages ?? [], [data])
  const logs = useMemo(() => foundLogs(pages), [pages])
  const count = pages.reduce((sum, page) => sum + page.matches.length, 0)
  const goesOn = hasNextPage && !stopped && count < enough && !error
  useEffect(() => {
    if (goesOn && !isFetching) fetchNextPage()
  }, [goesOn, isFetching, fetchNextPage])
  const last = pages.at(-1)
  if (last === undefined) return error ? <Refused error={error} onRetry={refetch} /> : <Placeholder lines={8} />
  const more = () => {
    setStopped(false)
    setEnough(count + step_matches)
  }
  return (
    <>
      <div className={style.status}>
        <Progress found={last} count={count} goesOn={goesOn} />
        {goesOn && (
          <Button icon="stop" onClick={() => setStopped(true)}>
            {text('logs.stop')}
          </Button>
        )}
      </div>
      {error && <Refused error={error} onRetry={() => fetchNextPage()} />}
      {logs.map((log) => (
        <FoundLogPart key={log.key} log={log} wanted={wanted} />
      ))}
      {count === 0 && !hasNextPage && <Empty>{text(last.runs_total === 0 ? 'logs.none.runs' : 'logs.none')}</Empty>}
      {hasNextPage && !goesOn && !error && (
        <div>
          <Button onClick={more}>{text('logs.more')}</Button>
        </div>
      )}
    </>
  )
}

/** A pattern or a condition that the server cannot read is explained; any other failure can be tried again. */
function Refused({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const isInvalid = error instanceof ApiError && error.status === 422
  return <Problem error={error} onRetry={isInvalid ? undefined : onRetry} />
}

function Progress({ found, count, goesOn }: { found: FoundInLogs; count: number; goesOn: boolean }) {
  const text = useText()
  const format = useFormat()
  const { runs_searched, runs_total, cannot_tell, bytes_searched, next } = found
  const state = goesOn ? 'logs.progress' : next ? 'logs.partly' : 'logs.whole'
  return (
    <p role="status">
      {text('logs.matches', { count })}
      {' · '}
      {text(state, {
        searched: format.count(runs_searched),
        count: runs_total,
        size: format.bytes(bytes_searched),
      })}
      {cannot_tell > 0 && ` · ${text('logs.cannotTell', { count: cannot_tell })}`}
    </p>
  )
}
