// The differences between the compared runs, against the first one: a grid that draws only visible cells, so that 200 runs
// with thousands of values stay fluid.
import { Link } from '@tanstack/react-router'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useMemo, useRef } from 'react'
import type { ComparedRuns } from '../api/comparison'
import { saveFile } from '../charts/download'
import { toCsv } from '../format/csv'
import { type Format, useFormat } from '../format/format'
import { useText } from '../messages/catalogue'
import { useSay } from '../messages/say'
import { Button } from '../parts/Button'
import { Icon } from '../parts/Icon'
import { useNarrow } from '../parts/narrow'
import style from './Compare.module.css'
import type { CompareSearch } from './compare_search'
import { type DifferenceRow, differenceRows, type SectionRows } from './difference_rows'
import type { LineLook } from './run_colours'
import { Swatch } from './Swatch'

interface DifferencesPartProps {
  compared: ComparedRuns
  looks: ReadonlyMap<string, LineLook>
  search: CompareSearch
  onSearch: (change: Partial<CompareSearch>) => void
  onRemove: (handle: string) => void
}

const row_px = 30
const head_px = 38
const cell_px = 150
const names_px = 230
const phoneNames_px = 130

export function DifferencesPart({ compared, looks, search, onSearch, onRemove }: DifferencesPartProps) {
  const text = useText()
  const say = useSay()
  const all = search.all === true
  const found = useMemo(() => differenceRows(compared, all), [compared, all])
  const shown = found.reduce((sum, { rows }) => sum + rows.length, 0)
  const { runs, code } = compared
  const save = () => saveFile('compare.csv', toCsv(csvRows(compared)), 'text/csv')
  return (
    <div className={style.part}>
      <div className={style.tools}>
        <label className={style.tick}>
          <input type="checkbox" checked={all} onChange={() => onSearch({ all: all ? undefined : true })} />
          {text('compare.differences.all')}
        </label>
        <span className={style.note} role="status">
          {text('compare.differences.count', {
            count: found.reduce((sum, { rows }) => sum + rows.filter(({ differs }) => differs).length, 0),
          })}
        </span>
        <Button icon="download" onClick={save}>
          {text('chart.csv')}
        </Button>
      </div>
      {compared.changes && compared.changes.length > 0 && (
        <ul className={style.sentences} aria-label={text('compare.changes')}>
          {compared.changes.map((sentence) => (
            <li key={sentence.text}>{say(sentence)}</li>
          ))}
        </ul>
      )}
      {shown === 0 ? (
        <p className={style.note}>
          {text(runs.length < 2 ? 'compare.differences.one' : 'compare.differences.nothing')}
        </p>
      ) : (
        <DifferenceGrid compared={compared} found={found} looks={looks} onRemove={onRemove} />
      )}
      {code.groups.some(({ difference }) => difference) && (
        <section>
          <h2>{text('compare.section.code')}</h2>
          <ul className={style.sentences}>
            {code.groups.map(
              ({ commit, difference }, at) =>
                difference && (
                  // biome-ignore lint/suspicious/noArrayIndexKey: a group has no identity but its index
                  <li key={at}>
                    <code>{commit?.slice(0, 10) ?? `#${at + 1}`}</code> {say(difference)}{' '}
                    <span className={style.note}>
                      {code.group.flatMap((group, run) => (group === at ? [runs[run]?.handle ?? ''] : [])).join(', ')}
                    </span>
                  </li>
                ),
            )}
          </ul>
        </section>
      )}
    </div>
  )
}

type GridRow = { title: SectionRows } | { row: DifferenceRow }

interface DifferenceGridProps {
  compared: ComparedRuns
  found: readonly SectionRows[]
  looks: ReadonlyMap<string, LineLook>
  onRemove: (handle: string) => void
}

function DifferenceGrid({ compared, found, looks, onRemove }: DifferenceGridProps) {
  const text = useText()
  const format = useFormat()
  const scroller = useRef<HTMLDivElement>(null)
  const narrow = useNarrow()
  const first_px = narrow ? phoneNames_px : names_px
  const { runs } = compared
  const rows = useMemo(
    () => found.flatMap((title): GridRow[] => [{ title }, ...title.rows.map((row) => ({ row }))]),
    [found],
  )
  const down = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => row_px,
    scrollMargin: head_px,
    overscan: 10,
  })
  const across = useVirtualizer({
    horizontal: true,
    count: runs.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => cell_px,
    scrollMargin: first_px,
    overscan: 3,
  })
  const seen = across.getVirtualItems()
  const width_px = first_px + runs.length * cell_px
  return (
    <div
      ref={scroller}
      role="table"
      aria-label={text('compare.tab.differences')}
      aria-rowcount={rows.length + 1}
      aria-colcount={runs.length + 1}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable area must be reachable by keyboard
      tabIndex={0}
      className={style.grid}
      style={{ maxHeight: '70vh', height: rows.length * row_px + head_px + 16 }}
    >
      <div style={{ width: width_px, minWidth: '100%', height: down.getTotalSize() + head_px, position: 'relative' }}>
        <div role="row" tabIndex={-1} className={style.gridHead} style={{ height: head_px }}>
          <span role="columnheader" tabIndex={-1} className={style.gridName} style={{ width: first_px }}>
            {text('word.name')}
          </span>
          {seen.map(({ index, start }) => {
            const run = runs[index]
            const look = run && looks.get(run.handle)
            return (
              run && (
                <span
                  key={run.id}
                  role="columnheader"
                  tabIndex={-1}
                  aria-colindex={index + 2}
                  className={style.gridRun}
                  style={{ left: start, width: cell_px }}
                  title={run.name ?? run.command}
                >
                  {look && <Swatch look={look} />}
                  <Link to="/r/$run" params={{ run: run.handle }}>
                    {run.handle}
                  </Link>
                  <button
                    type="button"
                    aria-label={text('compare.remove', { run: run.handle })}
                    onClick={() => onRemove(run.handle)}
                  >
                    <Icon name="cross" size={11} />
                  </button>
                </span>
              )
            )
          })}
        </div>
        {down.getVirtualItems().map(({ index, start }) => {
          const shown = rows[index]
          if (shown === undefined) return null
          if ('title' in shown)
            return (
              <div
                key={index}
                role="row"
                tabIndex={-1}
                aria-rowindex={index + 2}
                className={style.gridSection}
                style={{ top: start, height: row_px }}
              >
                <span role="rowheader" tabIndex={-1}>
                  {text(`compare.section.${shown.title.section}`)}
                  {shown.title.same > 0 && (
                    <small> {text('compare.differences.same', { count: shown.title.same })}</small>
                  )}
                  {shown.title.differentLeftOut > 0 && (
                    <small> {text('compare.differences.leftOut', { count: shown.title.differentLeftOut })}</small>
                  )}
                </span>
              </div>
            )
          const { row } = shown
          return (
            <div
              key={index}
              role="row"
              tabIndex={-1}
              aria-rowindex={index + 2}
              className={style.gridRow}
              style={{ top: start, height: row_px }}
            >
              <span
                role="rowheader"
                tabIndex={-1}
                className={style.gridName}
                style={{ width: first_px }}
                title={row.name}
              >
                {row.section === 'code' ? text('compare.code.version') : row.name}
              </span>
              {seen.map((cell) => (
                <Cell
                  key={cell.key}
                  row={row}
                  at={cell.index}
                  left_px={cell.start}
                  format={format}
                  missing={text('compare.missing')}
                />
              ))}
            </div>
          )
        })}
      </div>
    </div>
  )
}

interface CellProps {
  row: DifferenceRow
  at: number
  left_px: number
  format: Format
  missing: string
}

function Cell({ row, at, left_px, format, missing }: CellProps) {
  const cell = row.cells[at]
  const number = row.numbers?.[at]
  const base = row.numbers?.[0]
  const gap = at > 0 && number !== undefined && base !== undefined ? number - base : 0
  return (
    <span
      role="cell"
      tabIndex={-1}
      aria-colindex={at + 2}
      className={style.gridCell}
      style={{ left: left_px, width: cell_px }}
      data-differs={(at > 0 && cell !== row.cells[0]) || undefined}
      data-missing={cell === undefined || undefined}
      data-number={number !== undefined || undefined}
      title={cell ?? missing}
    >
      {number !== undefined ? format.value(number, 5) : (cell ?? '–')}
      {Number.isFinite(gap) && gap !== 0 && (
        <small>
          {gap > 0 ? '+' : ''}
          {format.value(gap, 3)}
        </small>
      )}
    </span>
  )
}

function csvRows(compared: ComparedRuns): (string | number)[][] {
  const rows = differenceRows(compared, true).flatMap((section) => section.rows)
  return [
    ['section', 'name', 'differs', ...compared.runs.map(({ handle }) => handle)],
    ...rows.map(({ section, name, differs, cells, numbers }) => [
      section,
      name,
      String(differs),
      ...cells.map((cell, at) => numbers?.[at] ?? cell ?? ''),
    ]),
  ]
}
