// Shows one file by its kind. Pictures, also SVG, are shown only as <img>, which runs no scripts; a page of HTML is shown
// in a frame without rights; text is shown as text.
import { lazy, Suspense } from 'react'
import type { RunFile } from '../api/types'
import { useText } from '../messages/catalogue'
import { Placeholder, Problem } from '../parts/Notice'
import { usePicture } from './objects'
import { PagePreview } from './PagePreview'
import style from './Preview.module.css'
import { previewKind } from './preview_kind'
import { ParquetPreview, TablePreview } from './TablePreview'
import { TextPreview } from './TextPreview'

const PlotPreview = lazy(() => import('./PlotPreview').then((module) => ({ default: module.PlotPreview })))

const image_bytes = 32 * 1024 * 1024

interface PreviewProps {
  file: RunFile
  url: string
}

export function Preview({ file, url }: PreviewProps) {
  const text = useText()
  return (
    <section className={style.preview} aria-label={text('run.output.preview', { path: file.path })}>
      <h3>{file.path}</h3>
      <ShownFile file={file} url={url} />
    </section>
  )
}

/** The content of a file, without a frame and a title. */
export function ShownFile({ file, url }: PreviewProps) {
  const text = useText()
  const kind = previewKind(file)
  if (kind === 'image' && file.size <= image_bytes) return <ImagePreview file={file} url={url} />
  if (kind === 'table') return <TablePreview file={file} url={url} />
  if (kind === 'parquet') return <ParquetPreview file={file} url={url} />
  if (kind === 'page') return <PagePreview file={file} url={url} />
  if (kind === 'text') return <TextPreview file={file} url={url} />
  if (kind === 'plot' || kind === 'plotly')
    return (
      <Suspense fallback={<Placeholder lines={8} />}>
        <PlotPreview file={file} url={url} kind={kind} />
      </Suspense>
    )
  return <p className={style.body}>{text('run.output.none')}</p>
}

function ImagePreview({ file, url }: PreviewProps) {
  const { shown, error } = usePicture(file, url)
  if (error) return <Problem error={error} />
  return <div className={style.image}>{shown && <img src={shown} alt={file.path} />}</div>
}
