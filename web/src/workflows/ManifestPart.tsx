// The text of the manifest, as it was when the workflow started. It is loaded when a reader opens it.
import { useState } from 'react'
import { objectUrl } from '../api/runs'
import { useText } from '../messages/catalogue'
import { useObjectText } from '../outputs/objects'
import previewStyle from '../outputs/Preview.module.css'
import { Placeholder, Problem } from '../parts/Notice'
import style from './Workflow.module.css'

const text_bytes = 256 * 1024

export function ManifestPart({ digest }: { digest: string }) {
  const text = useText()
  const [isOpen, setIsOpen] = useState(false)
  return (
    <details className={style.manifest} onToggle={(event) => setIsOpen(event.currentTarget.open)}>
      <summary>{text('workflow.manifest.show')}</summary>
      {isOpen && <ManifestText digest={digest} />}
    </details>
  )
}

function ManifestText({ digest }: { digest: string }) {
  const text = useText()
  const { data, error } = useObjectText(digest, objectUrl(digest), text_bytes)
  if (error) return <Problem error={error} />
  if (data === undefined) return <Placeholder lines={8} />
  return (
    <div className={previewStyle.preview}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable area must be reachable by keyboard */}
      <pre className={previewStyle.text} tabIndex={0}>
        {data.text}
      </pre>
      {!data.whole && <p className={previewStyle.pager}>{text('workflow.manifest.cut')}</p>}
    </div>
  )
}
