// Both versions of an output, side by side: for a text, a JSON document or a table the parts around marked differences;
// for a picture the whole picture.
import { outputUrl, useRunFiles } from '../api/runs'
import type { RunFile } from '../api/types'
import { parseSeparated } from '../format/csv'
import { useFormat } from '../format/format'
import { useText } from '../messages/catalogue'
import { useObjectText } from '../outputs/objects'
import { previewKind, separatorOf } from '../outputs/preview_kind'
import { Answer } from '../parts/Answer'
import { type FileComparison, type Place, placesOf } from './comparison'
import { jsonExcerpt, tableExcerpt, textExcerpt } from './excerpt'
import { LinesSide } from './LinesSide'
import { PictureSide } from './PictureSide'
import style from './Reproduction.module.css'
import { TableSide } from './TableSide'

interface SideBySideProps {
  file: FileComparison
  run: string
  again: string
}

const text_bytes = 4 * 1024 * 1024

export function SideBySide({ file, run, again }: SideBySideProps) {
  const text = useText()
  const { path } = file
  const sides = [
    { title: text('reproduction.before'), handle: run, file: useOutput(run, path) },
    { title: text('reproduction.after'), handle: again, file: useOutput(again, path) },
  ]
  const isPicture = sides.some(({ file }) => file && previewKind(file) === 'image')
  const isTable = file.compared_as === 'table'
  const isText = file.compared_as === 'text' || file.compared_as === 'json'
  const places = placesOf(file.likeness)
  // If both are the same, only a picture is worth showing twice.
  if (!isPicture && (places.length === 0 || !(isTable || isText))) return null
  return (
    <div className={style.sides}>
      {sides.map(({ title, handle, file: found }) => (
        <figure key={title} className={style.side} aria-label={`${title}: ${path}`}>
          <figcaption>
            {title} · {handle}
          </figcaption>
          {found ? (
            <Side
              file={found}
              url={outputUrl(handle, path)}
              as={isPicture ? 'picture' : file.compared_as}
              places={places}
            />
          ) : (
            <p className={style.quiet}>{text('reproduction.noFile')}</p>
          )}
        </figure>
      ))}
    </div>
  )
}

function useOutput(run: string, path: string): RunFile | undefined {
  return useRunFiles(run).data?.outputs.find((output) => output.path === path)
}

interface SideProps {
  file: RunFile
  url: string
  as: string
  places: Place[]
}

function Side({ file, url, as, places }: SideProps) {
  if (as === 'picture') return <PictureSide file={file} url={url} places={places} />
  return <TextSide file={file} url={url} as={as} places={places} />
}

function TextSide({ file, url, as, places }: SideProps) {
  const text = useText()
  const format = useFormat()
  const asked = useObjectText(file.digest, url, text_bytes)
  if (as === 'table' && previewKind(file) !== 'table')
    return <p className={style.quiet}>{text('reproduction.notText')}</p>
  return (
    <Answer asked={asked} lines={4}>
      {(data) => (
        <>
          <Shown file={file} content={data.text} as={as} places={places} />
          {!data.whole && (
            <p className={style.quiet}>
              {text('run.output.large', { shown: format.bytes(data.text.length), size: format.bytes(file.size) })}
            </p>
          )}
        </>
      )}
    </Answer>
  )
}

function Shown({ file, content, as, places }: { file: RunFile; content: string; as: string; places: Place[] }) {
  if (as === 'table')
    return <TableSide table={tableExcerpt(parseSeparated(content, separatorOf(file.path, content)), places)} />
  const lines = as === 'json' ? jsonExcerpt(content, places) : undefined
  return <LinesSide lines={lines ?? textExcerpt(content, places)} />
}
