// The list of runs as a grid that draws only visible rows and columns. The up and down keys move, Enter opens, Space
// selects, P keeps a run at the top, M opens the panel of a run.
import { useNavigate } from '@tanstack/react-router'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef, useState } from 'react'
import type { RunSummary } from '../api/types'
import { useRunToken } from '../charts/colour_choice'
import { useFormat } from '../format/format'
import { useText } from '../messages/catalogue'
import { Icon } from '../parts/Icon'
import { useNarrow } from '../parts/narrow'
import { type Column, fixedColumns, isDescending } from './columns'
import { PhoneRow } from './PhoneRow'
import { RowPanel } from './RowPanel'
import style from './RunTable.module.css'

interface RunTableProps {
  runs: RunSummary[]
  columns: Column[]
  sort: string
  chosen: ReadonlySet<string>
  onSort: (sort: string) => void
  onChoose: (chosen: Set<string>) => void
  /** The reader is near the end of the loaded rows. */
  onNearEnd: () => void
  /** The runs that stay at the top. */
  pinned: RunSummary[]
  onPin: (handle: string) => void
  onColour: (handle: string, series: number | undefined) => void
}

const wideRow_px = 34
const phoneRow_px = 56
const head_px = 34
const tick_px = 64
const ahead_rows = 30

/** On a phone the header offers these orders, whichever columns are chosen. */
const sortable = fixedColumns.filter(({ name }) => name === 'submitted' || name === 'duration')

export function RunTable(props: RunTableProps) {
  const { runs, columns, sort, chosen, onSort, onChoose, onNearEnd, pinned, onPin, onColour } = props
  const text = useText()
  const format = useFormat()
  const navigate = useNavigate()
  const scroller = useRef<HTMLDivElement>(null)
  const [active, setActive] = useState(0)
  const narrow = useNarrow()
  const row_px = narrow ? phoneRow_px : wideRow_px
  const [panel, setPanel] = useState<{ run: RunSummary; place: DOMRect }>()
  const tokenOf = useRunToken()
  const top_px = head_px + pinned.length * row_px
  const virtual = useVirtualizer({
    count: runs.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => row_px,
    overscan: 12,
    scrollPaddingStart: top_px,
  })
  // biome-ignore lint/correctness/useExhaustiveDependencies: the height of the rows changes when the screen is turned
  useEffect(() => virtual.measure(), [row_px, virtual])
  const items = virtual.getVirtualItems()
  const lastSeen = items.at(-1)?.index ?? 0
  useEffect(() => {
    if (lastSeen > runs.length - ahead_rows) onNearEnd()
  }, [lastSeen, runs.length, onNearEnd])

  const seen = useSeenColumns(scroller, columns, narrow)
  const wideTemplate = `${tick_px}px ${columns.map((column) => (column.grows ? `minmax(${column.width_px}px, ${column.grows}fr)` : `${column.width_px}px`)).join(' ')}`
  const template = narrow ? `${tick_px}px minmax(0, 1fr)` : wideTemplate
  const width_px = narrow ? undefined : columns.reduce((sum, column) => sum + column.width_px, tick_px)
  const allChosen = runs.length > 0 && runs.every((run) => chosen.has(run.handle))

  const toggle = (handle: string) => {
    const next = new Set(chosen)
    if (!next.delete(handle)) next.add(handle)
    onChoose(next)
  }
  const move = (to: number) => {
    const next = Math.max(0, Math.min(runs.length - 1, to))
    setActive(next)
    virtual.scrollToIndex(next)
  }

  function onKeyDown(event: React.KeyboardEvent) {
    if (event.target !== event.currentTarget) return
    const run = runs[active]
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? row_px) / row_px) - 2)
    const steps: Record<string, number> = {
      ArrowDown: active + 1,
      ArrowUp: active - 1,
      PageDown: active + page,
      PageUp: active - page,
      Home: 0,
      End: runs.length - 1,
    }
    const to = steps[event.key]
    if (to !== undefined) move(to)
    else if (event.key === 'Enter' && run) navigate({ to: '/r/$run', params: { run: run.handle } })
    else if (event.key === ' ' && run) toggle(run.handle)
    else if (event.key === 'p' && run && !event.ctrlKey && !event.metaKey) onPin(run.handle)
    else if (event.key === 'm' && run && !event.ctrlKey && !event.metaKey)
      setPanel({
        run,
        place: (document.getElementById(`run-row-${active}`) ?? event.currentTarget).getBoundingClientRect(),
      })
    else return
    event.preventDefault()
  }

  return (
    <div
      ref={scroller}
      className={style.scroller}
      role="grid"
      tabIndex={0}
      aria-label={text('runs.title')}
      aria-rowcount={runs.length + 1}
      aria-activedescendant={runs.length > 0 ? `run-row-${active}` : undefined}
      aria-multiselectable="true"
      title=""
      onKeyDown={onKeyDown}
    >
      <div style={{ minWidth: width_px }}>
        <div className={style.head} role="row" tabIndex={-1} style={{ gridTemplateColumns: template }}>
          <span role="columnheader" tabIndex={-1} className={style.tick}>
            <input
              type="checkbox"
              checked={allChosen}
              aria-label={text('runs.select.all')}
              onChange={() => onChoose(allChosen ? new Set() : new Set(runs.map((run) => run.handle)))}
            />
          </span>
          {narrow ? (
            <span className={style.sorts}>
              {sortable.map((column) => (
                <Heading key={column.name} column={column} sort={sort} onSort={onSort} />
              ))}
            </span>
          ) : (
            seen.map(({ column, at }) => (
              <Heading key={column.name} column={column} at={at} sort={sort} onSort={onSort} />
            ))
          )}
        </div>
        {pinned.length > 0 && (
          <div role="rowgroup" className={style.pins} aria-label={text('runs.pinned')} style={{ top: head_px }}>
            {pinned.map((run) => (
              <div
                key={run.id}
                className={style.pin}
                role="row"
                tabIndex={-1}
                aria-selected={chosen.has(run.handle)}
                style={{ gridTemplateColumns: template, height: row_px }}
                onDoubleClick={() => navigate({ to: '/r/$run', params: { run: run.handle } })}
              >
                {cellsOf(run)}
              </div>
            ))}
          </div>
        )}
        <div style={{ height: virtual.getTotalSize(), position: 'relative' }} role="rowgroup">
          {items.map((item) => {
            const run = runs[item.index]
            if (run === undefined) return null
            return (
              // biome-ignore lint/a11y/useKeyWithClickEvents: the grid keeps the focus and handles the keys
              <div
                key={run.id}
                id={`run-row-${item.index}`}
                className={style.row}
                role="row"
                tabIndex={-1}
                aria-rowindex={item.index + 2}
                aria-selected={chosen.has(run.handle)}
                data-active={item.index === active || undefined}
                style={{ gridTemplateColumns: template, transform: `translateY(${item.start}px)`, height: row_px }}
                onClick={() => setActive(item.index)}
                onDoubleClick={() => navigate({ to: '/r/$run', params: { run: run.handle } })}
              >
                {cellsOf(run)}
              </div>
            )
          })}
        </div>
      </div>
      {panel && (
        <RowPanel
          run={panel.run}
          place={panel.place}
          isPinned={pinned.some(({ handle }) => handle === panel.run.handle)}
          onPin={() => onPin(panel.run.handle)}
          onColour={(series) => onColour(panel.run.handle, series)}
          onClose={() => {
            setPanel(undefined)
            scroller.current?.focus({ preventScroll: true })
          }}
        />
      )}
    </div>
  )

  function cellsOf(run: RunSummary) {
    return (
      <>
        <span role="gridcell" tabIndex={-1} className={style.tick}>
          <input
            type="checkbox"
            tabIndex={-1}
            checked={chosen.has(run.handle)}
            aria-label={text('runs.select', { run: run.handle })}
            onChange={() => toggle(run.handle)}
          />
          <button
            type="button"
            tabIndex={-1}
            className={style.colour}
            style={{ background: `var(${tokenOf(run.id)})` }}
            aria-label={text('runs.row.panel', { run: run.handle })}
            title={text('runs.row.panel', { run: run.handle })}
            onClick={(event) => setPanel({ run, place: event.currentTarget.getBoundingClientRect() })}
          />
        </span>
        {narrow ? (
          <PhoneRow run={run} columns={columns} />
        ) : (
          seen.map(({ column, at }) => (
            <span
              key={column.name}
              role="gridcell"
              tabIndex={-1}
              className={style.cell}
              data-end={column.end}
              data-column={column.name}
              style={{ gridColumn: at + 2 }}
              title={String(column.value(run))}
            >
              {column.cell(run, format)}
            </span>
          ))
        )}
      </>
    )
  }
}

/** Below this number of columns all are drawn. */
const allColumns_max = 24
const columnsAhead = 4

/** The columns that are near the visible area, with their places. */
function useSeenColumns(scroller: React.RefObject<HTMLDivElement | null>, columns: Column[], narrow: boolean) {
  const isVirtual = !narrow && columns.length > allColumns_max
  const across = useVirtualizer({
    horizontal: true,
    count: columns.length,
    getScrollElement: () => scroller.current,
    estimateSize: (at) => columns[at]?.width_px ?? 100,
    scrollMargin: tick_px,
    overscan: columnsAhead,
    enabled: isVirtual,
  })
  // biome-ignore lint/correctness/useExhaustiveDependencies: other columns have other widths
  useEffect(() => across.measure(), [columns, across])
  const all = columns.map((column, at) => ({ column, at }))
  if (!isVirtual) return all
  const seen = new Set(across.getVirtualItems().map(({ index }) => index))
  return all.filter(({ at }) => seen.has(at))
}

interface HeadingProps {
  column: Column
  /** The place of the column in the grid. */
  at?: number
  sort: string
  onSort: (sort: string) => void
}

function Heading({ column, at: place, sort, onSort }: HeadingProps) {
  const text = useText()
  const label = column.label(text)
  const at = column.sorts?.indexOf(sort) ?? -1
  const direction =
    column.sorts === undefined ? undefined : at < 0 ? 'none' : isDescending(sort) ? 'descending' : 'ascending'
  const next = column.sorts?.[(at + 1) % column.sorts.length]
  return (
    <span
      role="columnheader"
      tabIndex={-1}
      className={style.heading}
      data-end={column.end}
      aria-sort={direction}
      style={place === undefined ? undefined : { gridColumn: place + 2 }}
    >
      {next === undefined ? (
        <span title={label}>{label}</span>
      ) : (
        <button type="button" title={text('runs.sort', { column: label })} onClick={() => onSort(next)}>
          <span>{label}</span>
          {(direction === 'ascending' || direction === 'descending') && (
            <Icon name={direction === 'ascending' ? 'up' : 'down'} size={13} />
          )}
        </button>
      )}
    </span>
  )
}
