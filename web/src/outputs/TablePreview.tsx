// A table of a run: the rows of a CSV file, or the first rows of a Parquet file, page by page.
import { useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { request } from '../api/client'
import type { RunFile } from '../api/types'
import { parseSeparated } from '../format/csv'
import { useFormat } from '../format/format'
import { useText } from '../messages/catalogue'
import { IconButton } from '../parts/Button'
import { Placeholder, Problem } from '../parts/Notice'
import { CutNote } from './CutNote'
import { useObjectText } from './objects'
import style from './Preview.module.css'
import { separatorOf } from './preview_kind'

const table_bytes = 4 * 1024 * 1024
/** A larger file is not loaded into the browser. */
const parquet_bytes = 64 * 1024 * 1024
const parquetRows_max = 10_000
const rowsShown = 100

interface PreviewProps {
  file: RunFile
  url: string
}

export function TablePreview({ file, url }: PreviewProps) {
  const { data, error } = useObjectText(file.digest, url, table_bytes)
  const rows = useMemo(() => data && parseSeparated(data.text, separatorOf(file.path, data.text)), [data, file.path])
  if (error) return <Problem error={error} />
  if (data === undefined || rows === undefined) return <Placeholder lines={8} />
  // If the table was cut, its last row may be incomplete.
  const body = rows.slice(1, data.whole ? undefined : -1)
  return (
    <>
      <Rows head={rows[0] ?? []} body={body} more={!data.whole} />
      {!data.whole && <CutNote shown={data.text.length} size={file.size} />}
    </>
  )
}

export function ParquetPreview({ file, url }: PreviewProps) {
  const text = useText()
  const format = useFormat()
  const isSmall = file.size <= parquet_bytes
  const { data, error } = useQuery({
    queryKey: ['object', file.digest, 'parquet'],
    queryFn: async ({ signal }) => {
      const bytes = await (await request(url, { signal })).arrayBuffer()
      const { parquetRows } = await import('./parquet_rows')
      return parquetRows(bytes, parquetRows_max)
    },
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
    enabled: isSmall,
  })
  if (!isSmall)
    return <p className={style.body}>{text('output.parquet.large', { size: format.bytes(parquet_bytes) })}</p>
  if (error)
    return (
      <p className={style.body}>
        {text('output.parquet.failed')} <code>{error instanceof Error ? error.message : String(error)}</code>
      </p>
    )
  if (data === undefined) return <Placeholder lines={8} />
  return (
    <>
      <Rows head={data.names} body={data.rows} more={data.total > data.rows.length} />
      {data.total > data.rows.length && (
        <p className={style.pager}>
          {text('output.parquet.first', { shown: format.count(data.rows.length), count: format.count(data.total) })}
        </p>
      )}
    </>
  )
}

interface RowsProps {
  head: string[]
  body: string[][]
  /** The file has more rows. */
  more: boolean
}

function Rows({ head, body, more }: RowsProps) {
  const text = useText()
  const format = useFormat()
  const [page, setPage] = useState(0)
  const from = page * rowsShown
  const shown = body.slice(from, from + rowsShown)
  const isNumber = head.map((_, column) =>
    shown.every((row) => row[column] === undefined || row[column] === '' || !Number.isNaN(Number(row[column]))),
  )
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable area must be reachable by keyboard */}
      <div className={style.table} tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">
                <span className="visually-hidden">{text('run.output.row')}</span>
              </th>
              {head.map((name, column) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: two columns may have the same name
                <th key={column} scope="col" className={isNumber[column] ? style.number : undefined} title={name}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((row, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a row has no identity but its index
              <tr key={from + at}>
                <th scope="row">{format.count(from + at + 1)}</th>
                {head.map((_, column) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: a cell has no identity but its index
                  <td key={column} className={isNumber[column] ? style.number : undefined} title={row[column]}>
                    {row[column]}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <div className={style.pager}>
        <span>
          {text('run.output.rows', {
            from: format.count(Math.min(from + 1, body.length)),
            to: format.count(from + shown.length),
            count: `${format.count(body.length)}${more ? '+' : ''}`,
          })}
        </span>
        {body.length > rowsShown && (
          <>
            <IconButton
              icon="left"
              label={text('run.page.previous')}
              disabled={page === 0}
              onClick={() => setPage(page - 1)}
            />
            <IconButton
              icon="right"
              label={text('run.page.next')}
              disabled={from + rowsShown >= body.length}
              onClick={() => setPage(page + 1)}
            />
          </>
        )}
      </div>
    </>
  )
}
