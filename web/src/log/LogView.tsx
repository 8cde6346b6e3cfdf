// The log of one attempt: live at its end, searchable, and of any length, because only a window of it is loaded.
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useLayoutEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react'
import { useText } from '../messages/catalogue'
import { Empty, Placeholder, Problem } from '../parts/Notice'
import { LogLineView } from './LogLineView'
import { LogMatchView } from './LogMatchView'
import { LogTools } from './LogTools'
import style from './LogView.module.css'
import { type LogFind, lineOfMatch, useLogSearch } from './log_search'
import { type LogSnapshot, LogWindow, piece_bytes_max } from './log_window'

interface LogViewProps {
  run: string
  attempt: number
  /** Whether the run has started, and whether it has ended. */
  started: boolean
  ended: boolean
  droppedBytes: number
  /** Where the view starts when the run has ended. */
  place: 'start' | 'end'
  /** The search that is shown first. */
  find?: LogFind
}

const line_px = 20
const nearEdge_lines = 80

export function LogView({ run, attempt, started, ended, droppedBytes, place, find }: LogViewProps) {
  const text = useText()
  const log = useMemo(() => new LogWindow(run, attempt), [run, attempt])
  const state = useSyncExternalStore(log.subscribe, log.snapshot)
  const [wrap, setWrap] = useState(false)
  const scroller = useRef<HTMLDivElement>(null)
  const search = useLogSearch(run, attempt, find)
  const first = useRef({ place, ended })

  useEffect(() => {
    if (!started) return
    log.open(first.current.ended ? first.current.place : 'end', !first.current.ended)
    return () => log.stop()
  }, [log, started])

  const virtual = useVirtualizer({
    count: state.lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => line_px,
    overscan: 20,
    measureElement: wrap ? (element) => element.getBoundingClientRect().height : undefined,
  })
  useKeptPlace(state, scroller, (index) => virtual.scrollToIndex(index, { align: 'start' }))
  useFollowedEnd(state, scroller, log)
  useMatchInView(search, state, log, (index) => virtual.scrollToIndex(index, { align: 'center' }))

  const items = virtual.getVirtualItems()
  const firstSeen = items[0]?.index ?? 0
  const lastSeen = items.at(-1)?.index ?? 0
  useEffect(() => {
    if (state.lines.length === 0) return
    if (firstSeen < nearEdge_lines) log.loadOlder()
    if (lastSeen > state.lines.length - nearEdge_lines) log.loadNewer()
  }, [firstSeen, lastSeen, state.lines.length, log])
  useMoreOfFewLines(state, log, firstSeen, lastSeen)

  const chosen = search.match && lineOfMatch(state.lines, search.match)
  const nothing = state.lines.length === 0
  return (
    <div className={style.log}>
      {started && (
        <LogTools
          run={run}
          attempt={attempt}
          log={log}
          state={state}
          search={search}
          wrap={wrap}
          onWrap={setWrap}
          shownOffset={state.lines[firstSeen]?.offset ?? 0}
          droppedBytes={droppedBytes}
          live={started && !ended}
        />
      )}
      {search.match !== undefined && (
        <LogMatchView match={search.match} query={search.isExpression ? '' : search.query} />
      )}
      {state.error !== undefined && <Problem error={state.error} onRetry={() => log.open(place, !ended)} />}
      {!started ? (
        <Empty>{text('log.none.waiting')}</Empty>
      ) : nothing && state.loading ? (
        <Placeholder lines={8} />
      ) : nothing && state.error === undefined ? (
        <Empty>{text(ended ? 'log.none' : 'log.none.yet')}</Empty>
      ) : (
        <div
          ref={scroller}
          className={style.scroller}
          data-wrap={wrap}
          role="log"
          aria-live="off"
          aria-label={text('log.lines', { run })}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable area must be reachable by keyboard
          tabIndex={0}
        >
          <div style={{ height: virtual.getTotalSize() }} className={style.lines}>
            {items.map((item) => {
              const line = state.lines[item.index]
              if (line === undefined) return null
              const before = state.lines[item.index - 1]
              return (
                <div
                  key={item.key}
                  ref={wrap ? virtual.measureElement : undefined}
                  data-index={item.index}
                  data-chosen={item.index === chosen || undefined}
                  className={style.line}
                  style={{ transform: `translateY(${item.start}px)` }}
                >
                  <LogLineView
                    line={line}
                    text={line.text}
                    showClock={item.index === firstSeen || before?.time.slice(0, 19) !== line.time.slice(0, 19)}
                    query={search.isExpression ? '' : search.query}
                  />
                </div>
              )
            })}
          </div>
        </div>
      )}
    </div>
  )
}

/**
 * Keeps the same lines visible when lines are added or removed above them; scrolls to the top or the end after a jump.
 */
function useKeptPlace(
  state: LogSnapshot,
  scroller: React.RefObject<HTMLDivElement | null>,
  show: (index: number) => void,
) {
  const before = useRef({ shift: 0, jump: 0 })
  const latestShow = useRef(show)
  latestShow.current = show
  useLayoutEffect(() => {
    const { shift, jump } = before.current
    before.current = { shift: state.shift, jump: state.jump }
    const element = scroller.current
    if (element === null) return
    if (jump !== state.jump) latestShow.current(state.edge === 'end' ? state.lines.length - 1 : 0)
    else if (shift !== state.shift && !state.following) element.scrollTop += (state.shift - shift) * line_px
  }, [state, scroller])
}

/**
 * The loaded bytes may add no line, for example when they are states of a progress bar. Then more is loaded without
 * scrolling.
 */
function useMoreOfFewLines(state: LogSnapshot, log: LogWindow, firstSeen: number, lastSeen: number) {
  const { lines, loading, error, from, to, extent } = state
  const isIdle = lines.length > 0 && !loading && error === undefined
  const isOlderWanted = isIdle && firstSeen < nearEdge_lines && from > 0
  const isNewerWanted = isIdle && lastSeen > lines.length - nearEdge_lines && to < extent
  useEffect(() => {
    if (isOlderWanted) log.loadOlder()
    else if (isNewerWanted) log.loadNewer()
  }, [isOlderWanted, isNewerWanted, log])
}

/** While the log is followed its end stays visible; scrolling up pauses. */
function useFollowedEnd(state: LogSnapshot, scroller: React.RefObject<HTMLDivElement | null>, log: LogWindow) {
  const { following, lines } = state
  useLayoutEffect(() => {
    const element = scroller.current
    if (following && element !== null && lines.length > 0) element.scrollTop = element.scrollHeight
  }, [following, lines, scroller])
  useEffect(() => {
    const element = scroller.current
    if (!following || element === null) return
    const pause = (event: Event) => {
      const up =
        event instanceof WheelEvent
          ? event.deltaY < 0
          : event instanceof KeyboardEvent && ['ArrowUp', 'PageUp', 'Home'].includes(event.key)
      if (up || event.type === 'touchmove') log.pause()
    }
    for (const name of ['wheel', 'keydown', 'touchmove']) element.addEventListener(name, pause, { passive: true })
    return () => {
      for (const name of ['wheel', 'keydown', 'touchmove']) element.removeEventListener(name, pause)
    }
  }, [following, scroller, log])
}

/** Loads the selected match into the window and scrolls to it. */
function useMatchInView(
  search: ReturnType<typeof useLogSearch>,
  state: LogSnapshot,
  log: LogWindow,
  show: (index: number) => void,
) {
  const shown = useRef('')
  const latestShow = useRef(show)
  latestShow.current = show
  const { match, at, query } = search
  useEffect(() => {
    if (match === undefined) {
      shown.current = ''
      return
    }
    const name = `${query} ${at}`
    if (shown.current === name) return
    // The piece with the match may start up to this many bytes before it.
    const isLoaded = match.at < state.to && (state.from === 0 || match.at - piece_bytes_max >= state.from)
    if (!isLoaded) {
      if (!state.loading) log.jumpTo(match.at - piece_bytes_max)
      return
    }
    log.pause()
    const index = lineOfMatch(state.lines, match)
    if (index === undefined) return
    shown.current = name
    latestShow.current(index)
  }, [match, at, query, state, log])
}
