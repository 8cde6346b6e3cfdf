// Shows one file. Pictures, also SVG, are shown only as <img>, which runs no scripts; text is shown as text.
import { useMemo, useState } from 'react'
import type { RunFile } from '../api/types'
import { parseSeparated } from '../format/csv'
import { useFormat } from '../format/format'
import { useText } from '../messages/catalogue'
import { IconButton } from '../parts/Button'
import { Placeholder, Problem } from '../parts/Notice'
import style from './FilesPart.module.css'
import { useObjectText, usePicture } from './objects'
import { previewKind, separatorOf } from './preview_kind'

const text_bytes = 256 * 1024
const table_bytes = 4 * 1024 * 1024
const image_bytes = 32 * 1024 * 1024
const rowsShown = 100

export function Preview({ file, url }: { file: RunFile; url: string }) {
  const text = useText()
  return (
    <section className={style.preview} aria-label={text('run.output.preview', { path: file.path })}>
      <h3>{file.path}</h3>
      <Shown file={file} url={url} />
    </section>
  )
}

function Shown({ file, url }: { file: RunFile; url: string }) {
  const text = useText()
  const kind = previewKind(file)
  if (kind === 'image' && file.size <= image_bytes) return <ImagePreview file={file} url={url} />
  if (kind === 'table') return <TablePreview file={file} url={url} />
  if (kind === 'text') return <TextPreview file={file} url={url} />
  return <p className={style.body}>{text('run.output.none')}</p>
}

function ImagePreview({ file, url }: { file: RunFile; url: string }) {
  const { shown, error } = usePicture(file, url)
  if (error) return <Problem error={error} />
  return <div className={style.image}>{shown && <img src={shown} alt={file.path} />}</div>
}

function TextPreview({ file, url }: { file: RunFile; url: string }) {
  const { data, error } = useObjectText(file.digest, url, text_bytes)
  if (error) return <Problem error={error} />
  if (data === undefined) return <Placeholder lines={8} />
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable area must be reachable by keyboard */}
      <pre className={style.text} tabIndex={0}>
        {data.text}
      </pre>
      {!data.whole && <CutNote shown={data.text.length} size={file.size} />}
    </>
  )
}

function CutNote({ shown, size }: { shown: number; size: number }) {
  const text = useText()
  const format = useFormat()
  return (
    <p className={style.pager}>{text('run.output.large', { shown: format.bytes(shown), size: format.bytes(size) })}</p>
  )
}

function TablePreview({ file, url }: { file: RunFile; url: string }) {
  const text = useText()
  const format = useFormat()
  const { data, error } = useObjectText(file.digest, url, table_bytes)
  const rows = useMemo(() => data && parseSeparated(data.text, separatorOf(file.path, data.text)), [data, file.path])
  const [page, setPage] = useState(0)
  if (error) return <Problem error={error} />
  if (data === undefined || rows === undefined) return <Placeholder lines={8} />
  // If the table was cut, its last row may be incomplete.
  const body = rows.slice(1, data.whole ? undefined : -1)
  const from = page * rowsShown
  const shown = body.slice(from, from + rowsShown)
  const head = rows[0] ?? []
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
            count: `${format.count(body.length)}${data.whole ? '' : '+'}`,
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
      {!data.whole && <CutNote shown={data.text.length} size={file.size} />}
    </>
  )
}
