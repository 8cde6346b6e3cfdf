// A plot that a run wrote as JSON: Vega-Lite is drawn, Plotly as far as its traces have a counterpart. The text of the
// document is a click away.
import { useMemo, useState } from 'react'
import type { RunFile } from '../api/types'
import chartStyle from '../charts/Chart.module.css'
import { useText } from '../messages/catalogue'
import { Placeholder, Problem } from '../parts/Notice'
import { VegaPlot } from '../plots/VegaPlot'
import { CutNote } from './CutNote'
import { jsonObject } from './json_text'
import { useObjectText } from './objects'
import style from './Preview.module.css'
import { plotlySpec } from './plotly_spec'
import { SearchedText } from './TextPreview'

const plot_bytes = 8 * 1024 * 1024

interface PlotPreviewProps {
  file: RunFile
  url: string
  kind: 'plot' | 'plotly'
}

export function PlotPreview({ file, url, kind }: PlotPreviewProps) {
  const text = useText()
  const { data, error } = useObjectText(file.digest, url, plot_bytes)
  const [asText, setAsText] = useState(false)
  const plot = useMemo(() => (data?.whole ? readPlot(data.text, kind) : undefined), [data, kind])
  if (error) return <Problem error={error} />
  if (data === undefined) return <Placeholder lines={8} />
  const isDrawn = plot?.spec !== undefined && !asText
  return (
    <>
      <div className={style.search}>
        {plot?.spec && (
          <button type="button" className={chartStyle.toggle} aria-pressed={asText} onClick={() => setAsText(!asText)}>
            {text('output.asText')}
          </button>
        )}
        {plot?.spec === undefined && <span>{text(kind === 'plotly' ? 'output.plotly.none' : 'output.plot.none')}</span>}
        {isDrawn && plot.leftOut.length > 0 && (
          <span>{text('output.plotly.leftOut', { kinds: plot.leftOut.join(', ') })}</span>
        )}
      </div>
      {isDrawn ? (
        <div className={style.body}>
          <VegaPlot spec={plot.spec ?? {}} name={file.path.replace(/\W+/g, '_')} title={file.path} />
        </div>
      ) : (
        <SearchedText content={data.text} isJson={data.whole} />
      )}
      {!data.whole && <CutNote shown={data.text.length} size={file.size} />}
    </>
  )
}

function readPlot(content: string, kind: 'plot' | 'plotly') {
  const document = jsonObject(content)
  if (document === undefined) return undefined
  return kind === 'plotly' ? plotlySpec(document) : { spec: document, leftOut: [] }
}
