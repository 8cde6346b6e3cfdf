// An HTML page of a run, in a frame without rights.
import { useMemo } from 'react'
import type { RunFile } from '../api/types'
import { useText } from '../messages/catalogue'
import { Placeholder, Problem } from '../parts/Notice'
import { CutNote } from './CutNote'
import { useObjectText } from './objects'
import style from './Preview.module.css'
import { pageDocument } from './page_document'

const page_bytes = 8 * 1024 * 1024

export function PagePreview({ file, url }: { file: RunFile; url: string }) {
  const text = useText()
  const { data, error } = useObjectText(file.digest, url, page_bytes)
  const content = useMemo(() => data && pageDocument(data.text), [data])
  if (error) return <Problem error={error} />
  if (data === undefined) return <Placeholder lines={8} />
  return (
    <>
      <p className={style.search}>
        <span>{text('output.page.safe')}</span>
      </p>
      <iframe className={style.page} title={file.path} srcDoc={content} sandbox="" referrerPolicy="no-referrer" />
      {!data.whole && <CutNote shown={data.text.length} size={file.size} />}
    </>
  )
}
