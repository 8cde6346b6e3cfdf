// Rows and columns of a table. Only visible cells are drawn, so a table may have a hundred thousand columns. Arrow keys
// scroll it, as in any scrollable area.
import { useVirtualizer } from '@tanstack/react-virtual'
import { useMemo, useRef } from 'react'
import { useFormat } from '../format/format'
import { useText } from '../messages/catalogue'
import { type Cell, type Column, cellText, columnWidth_px, heading, isNumeric } from './cells'
import style from './TableGrid.module.css'

interface TableGridProps {
  label: string
  columns: Column[]
  rows: Cell[][]
  /** The number of the first shown row, from 1. */
  from?: number
}

const row_px = 30
const head_px = 34
const height_max_px = 480

export function TableGrid({ label, columns, rows, from = 1 }: TableGridProps) {
  const text = useText()
  const format = useFormat()
  const scroller = useRef<HTMLDivElement>(null)
  const widths = useMemo(
    () =>
      columns.map((column, at) =>
        columnWidth_px(
          column,
          rows.map((row) => row[at]),
        ),
      ),
    [columns, rows],
  )
  const numbers_px = Math.max(40, String(from + rows.length).length * 9 + 20)
  const down = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => row_px,
    scrollMargin: head_px,
    overscan: 8,
  })
  const across = useVirtualizer({
    horizontal: true,
    count: columns.length,
    getScrollElement: () => scroller.current,
    estimateSize: (at) => widths[at] ?? 100,
    scrollMargin: numbers_px,
    overscan: 3,
  })
  const seen = across.getVirtualItems()
  const place = (start_px: number, size_px: number) => ({ left: start_px, width: size_px })
  const height_px = rows.length * row_px + head_px
  return (
    <div
      ref={scroller}
      className={style.scroller}
      style={{ height: Math.min(height_max_px, height_px + 18) }}
      role="table"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable area must be reachable by keyboard
      tabIndex={0}
      aria-label={label}
      aria-rowcount={rows.length + 1}
      aria-colcount={columns.length + 1}
    >
      <div style={{ position: 'relative', width: across.getTotalSize() + numbers_px, height: height_px }}>
        <div role="rowgroup" className={style.headGroup}>
          <div role="row" tabIndex={-1} className={style.head} style={{ height: head_px }} aria-rowindex={1}>
            <span
              role="columnheader"
              tabIndex={-1}
              className={style.number}
              style={{ width: numbers_px }}
              aria-colindex={1}
            >
              <span className="visually-hidden">{text('run.output.row')}</span>
            </span>
            {seen.map(({ index, start, size }) => {
              const column = columns[index]
              if (column === undefined) return null
              return (
                <span
                  key={column.name}
                  role="columnheader"
                  tabIndex={-1}
                  aria-colindex={index + 2}
                  className={style.cell}
                  data-end={isNumeric(column) || undefined}
                  style={place(start, size)}
                  title={[heading(column), column.type, column.description].filter(Boolean).join(' · ')}
                >
                  {column.name}
                  {column.unit && <span className={style.unit}> ({column.unit})</span>}
                </span>
              )
            })}
          </div>
        </div>
        <div role="rowgroup">
          {down.getVirtualItems().map((item) => (
            <div
              key={item.key}
              role="row"
              tabIndex={-1}
              aria-rowindex={item.index + 2}
              className={style.row}
              style={{ top: item.start, height: row_px }}
            >
              <span
                role="rowheader"
                tabIndex={-1}
                className={style.number}
                style={{ width: numbers_px }}
                aria-colindex={1}
              >
                {format.count(from + item.index)}
              </span>
              {seen.map(({ index, start, size }) => {
                const column = columns[index]
                const shown = cellText(rows[item.index]?.[index])
                return (
                  <span
                    key={index}
                    role="cell"
                    aria-colindex={index + 2}
                    className={style.cell}
                    data-end={(column && isNumeric(column)) || undefined}
                    data-null={rows[item.index]?.[index] == null || undefined}
                    style={place(start, size)}
                    title={shown}
                  >
                    {rows[item.index]?.[index] == null ? text('data.null') : shown}
                  </span>
                )
              })}
            </div>
          ))}
        </div>
      </div>
    </div>
  )
}
