// A list of things: a title with a count, a filter that the address stores, rows that lead to pages. The arrow keys
// move from row to row, Enter opens.
import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query'
import type { Page } from '../api/types'
import { useText } from '../messages/catalogue'
import { Answer } from './Answer'
import { Button } from './Button'
import { FilterField } from './FilterField'
import style from './ListPage.module.css'
import { Empty } from './Notice'
import { moveAlong } from './row_keys'
import tableStyle from './Table.module.css'
import { TableFrame } from './TableFrame'

export interface ListColumn<Item> {
  title: string
  /** Numbers are aligned to the right. */
  number?: boolean
  /** Hidden on a phone. */
  wide?: boolean
  cell: (item: Item) => React.ReactNode
}

interface ListPageProps<Item> {
  title: string
  count: (shown: number, more: boolean) => string
  filter: { label: string; value: string; onChange: (value: string) => void }
  asked: UseInfiniteQueryResult<InfiniteData<Page<Item>>>
  keyOf: (item: Item) => string
  columns: ListColumn<Item>[]
  none: { text: string; command: string }
  noneMatch: string
  /** Other filters, next to the text filter. */
  filters?: React.ReactNode
  /** Another filter than the text is set. */
  isFiltered?: boolean
  /** A link or button next to the title. */
  action?: React.ReactNode
}

export function ListPage<Item>(props: ListPageProps<Item>) {
  const { title, count, filter, asked, keyOf, columns, none, noneMatch, filters, action } = props
  const isFiltered = props.isFiltered || filter.value !== ''
  const text = useText()
  const items = asked.data?.pages.flatMap((page) => page.items)
  return (
    <div className={style.page}>
      <header className={style.head}>
        <h1>{title}</h1>
        {items && items.length > 0 && <span role="status">{count(items.length, asked.hasNextPage)}</span>}
        {action}
      </header>
      {(isFiltered || (items && items.length > 0)) && (
        <div className={style.tools}>
          <FilterField {...filter} />
          {filters}
        </div>
      )}
      <Answer asked={{ data: items, error: asked.error, refetch: asked.refetch }} lines={8}>
        {(shown) =>
          shown.length > 0 ? (
            <Rows items={shown} keyOf={keyOf} columns={columns} label={title} />
          ) : isFiltered ? (
            <Empty>{noneMatch}</Empty>
          ) : (
            <Empty command={none.command}>{none.text}</Empty>
          )
        }
      </Answer>
      {asked.hasNextPage && (
        <div>
          <Button disabled={asked.isFetchingNextPage} onClick={() => asked.fetchNextPage()}>
            {text('word.more')}
          </Button>
        </div>
      )}
    </div>
  )
}

interface RowsProps<Item> {
  items: Item[]
  keyOf: (item: Item) => string
  columns: ListColumn<Item>[]
  label: string
}

function Rows<Item>({ items, keyOf, columns, label }: RowsProps<Item>) {
  const classOf = ({ number, wide }: ListColumn<Item>) =>
    [number && tableStyle.number, wide && tableStyle.wide].filter(Boolean).join(' ') || undefined
  const [named, ...others] = columns
  return (
    <TableFrame>
      <table className={tableStyle.table} aria-label={label}>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.title} scope="col" className={classOf(column)}>
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className={style.rows} onKeyDown={(event) => moveAlong(event, 'th a')}>
          {items.map((item) => (
            <tr key={keyOf(item)} onClick={openRow}>
              <th scope="row">{named?.cell(item)}</th>
              {others.map((column) => (
                <td key={column.title} className={classOf(column)}>
                  {column.cell(item)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </TableFrame>
  )
}

/** A click anywhere in a row counts as a click on its link, except the end of a text selection. */
function openRow(event: React.MouseEvent<HTMLTableRowElement>) {
  if (event.target instanceof Element && event.target.closest('a, button')) return
  if (window.getSelection()?.toString()) return
  event.currentTarget.querySelector('a')?.click()
}
