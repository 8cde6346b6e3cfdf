// The tools above a log: search, follow, position, download.
import { Link } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { apiUrl } from '../api/client'
import { useFormat } from '../format/format'
import { useText } from '../messages/catalogue'
import { Button, IconButton } from '../parts/Button'
import buttonStyle from '../parts/Button.module.css'
import { Icon } from '../parts/Icon'
import inputStyle from '../parts/Input.module.css'
import style from './LogView.module.css'
import type { useLogSearch } from './log_search'
import type { LogSnapshot, LogWindow } from './log_window'

interface LogToolsProps {
  run: string
  attempt: number
  log: LogWindow
  state: LogSnapshot
  search: ReturnType<typeof useLogSearch>
  wrap: boolean
  onWrap: (wrap: boolean) => void
  shownOffset: number
  droppedBytes: number
  live: boolean
}

export function LogTools({
  run,
  attempt,
  log,
  state,
  search,
  wrap,
  onWrap,
  shownOffset,
  droppedBytes,
  live,
}: LogToolsProps) {
  const text = useText()
  const format = useFormat()
  const partly = state.from > 0 || state.to < state.extent
  return (
    <div className={style.tools}>
      <SearchField search={search} />
      {live && (
        <Button
          icon={state.following ? 'pause' : 'follow'}
          aria-pressed={state.following}
          onClick={() => (state.following ? log.pause() : log.follow())}
        >
          {text(state.following ? 'log.pause' : 'log.follow')}
        </Button>
      )}
      {partly && <Place key={state.jump} log={log} shownOffset={shownOffset} extent={state.extent} />}
      <span className={style.gap} />
      {droppedBytes > 0 && (
        <span className={style.note}>{text('log.dropped', { size: format.bytes(droppedBytes) })}</span>
      )}
      <Button kind="quiet" onClick={() => log.jumpTo(0)}>
        {text('log.start')}
      </Button>
      <Button kind="quiet" onClick={() => log.jumpToEnd()}>
        {text('log.end')}
      </Button>
      <IconButton icon="wrap" label={text('log.wrap')} aria-pressed={wrap} onClick={() => onWrap(!wrap)} />
      <a
        className={buttonStyle.icon}
        href={apiUrl(`/runs/${run}/log/raw`, { attempt })}
        download={`${run}.log`}
        aria-label={text('word.download')}
        title={text('word.download')}
      >
        <Icon name="download" />
      </a>
    </div>
  )
}

const searchWait_ms = 300

function SearchField({ search }: { search: ReturnType<typeof useLogSearch> }) {
  const text = useText()
  const { search: start, query } = search
  const [draft, setDraft] = useState(query)
  useEffect(() => {
    if (draft === query) return
    const timer = setTimeout(() => start(draft), searchWait_ms)
    return () => clearTimeout(timer)
  }, [draft, query, start])
  const count = search.matches.length
  const status =
    query === '' || search.pending
      ? ''
      : count === 0
        ? text('log.search.none')
        : text(search.truncated ? 'log.search.atLeast' : 'log.search.at', { at: search.at + 1, count })
  return (
    <form
      className={style.search}
      role="search"
      onSubmit={(event) => {
        event.preventDefault()
        if (draft === query) search.step(1)
        else start(draft)
      }}
    >
      <input
        className={inputStyle.input}
        type="search"
        value={draft}
        placeholder={text('log.search')}
        aria-label={text('log.search')}
        onChange={(event) => setDraft(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && event.shiftKey) {
            event.preventDefault()
            search.step(-1)
          }
        }}
      />
      <span className={style.found} role="status">
        {search.error ? search.error.message : status}
      </span>
      {count > 1 && (
        <>
          <IconButton icon="up" label={text('log.search.previous')} onClick={() => search.step(-1)} />
          <IconButton icon="down" label={text('log.search.next')} onClick={() => search.step(1)} />
        </>
      )}
      {query !== '' && (
        <Link to="/logs" search={{ q: query, regex: search.isExpression || undefined }} className={style.note}>
          {text('logs.link')}
        </Link>
      )}
    </form>
  )
}

/** The position in a long log: a slider over the whole log. */
function Place({ log, shownOffset, extent }: { log: LogWindow; shownOffset: number; extent: number }) {
  const text = useText()
  const format = useFormat()
  const [dragged, setDragged] = useState<number>()
  const at = dragged ?? shownOffset
  const position = text('log.place', { at: format.bytes(at), size: format.bytes(extent) })
  const go = () => {
    if (dragged !== undefined) log.jumpTo(dragged)
  }
  return (
    <label className={style.place}>
      <input
        type="range"
        min={0}
        max={extent}
        step={Math.max(1, Math.floor(extent / 1000))}
        value={at}
        aria-label={text('log.place.label')}
        aria-valuetext={position}
        onChange={(event) => setDragged(Number(event.target.value))}
        onPointerUp={go}
        onKeyUp={go}
      />
      <span>{position}</span>
    </label>
  )
}
