// The inputs or the outputs of a run: a list of files, and a preview of the open one.
import { useNavigate, useSearch } from '@tanstack/react-router'
import { downloadUrl, objectUrl, outputUrl, useRunFiles } from '../api/runs'
import type { RunDetail, RunFile } from '../api/types'
import { useFormat } from '../format/format'
import { useText } from '../messages/catalogue'
import { useSay } from '../messages/say'
import { Preview } from '../outputs/Preview'
import { isFolder, type PreviewKind, previewKind } from '../outputs/preview_kind'
import { SeriesPreview } from '../outputs/SeriesPreview'
import { type StepSeries, stepSeries } from '../outputs/step_series'
import buttonStyle from '../parts/Button.module.css'
import { Copyable } from '../parts/Copyable'
import { Icon, type IconName } from '../parts/Icon'
import { Empty, Placeholder, Problem } from '../parts/Notice'
import { hasEnded } from '../parts/run_state'
import tableStyle from '../parts/Table.module.css'
import { TableFrame } from '../parts/TableFrame'
import style from './FilesPart.module.css'

interface FilesPartProps {
  run: RunDetail
  name: string
  side: 'inputs' | 'outputs'
}

const icons: Record<PreviewKind, IconName> = {
  image: 'picture',
  table: 'table',
  parquet: 'table',
  plot: 'picture',
  plotly: 'picture',
  page: 'file',
  text: 'log',
  none: 'file',
}
const digestShown = 10
const isEmptyFolder = (file: RunFile) => isFolder(file) && file.size === 0

export function FilesPart({ run, name, side }: FilesPartProps) {
  const text = useText()
  const format = useFormat()
  const say = useSay()
  const { file: open } = useSearch({ from: '/r/$run' })
  const navigate = useNavigate({ from: '/r/$run' })
  const { data, error, refetch } = useRunFiles(name)
  if (error && !data) return <Problem error={error} onRetry={refetch} />
  if (data === undefined) return <Placeholder lines={4} />
  const files = data[side]
  const missing = side === 'outputs' ? run.outputs_missing : []
  if (files.length === 0 && missing.length === 0) return <NoFiles run={run} side={side} />
  const url = (file: RunFile) => (side === 'outputs' ? outputUrl(name, file.path) : objectUrl(file.digest))
  const { series, single } = side === 'outputs' ? stepSeries(files) : { series: [], single: files }
  const isIn = ({ path, items }: StepSeries) => path === open || items.some(({ file }) => file.path === open)
  const chosen = open === undefined ? undefined : files.find((file) => file.path === open)
  const shownSeries = chosen ? undefined : (series.find(isIn) ?? (open === undefined ? series[0] : undefined))
  const shown = chosen ?? (shownSeries ? undefined : single.find((file) => previewKind(file) !== 'none'))
  return (
    <div className={style.files}>
      <TableFrame>
        <table className={tableStyle.table}>
          <thead>
            <tr>
              <th scope="col">{text('word.file')}</th>
              <th scope="col" className={tableStyle.number}>
                {text('word.size')}
              </th>
              <th scope="col">{text('word.digest')}</th>
              <th scope="col" className={tableStyle.tools}>
                <span className="visually-hidden">{text('word.download')}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {series.map(({ path, items }) => (
              <tr key={`series ${path}`} data-open={path === shownSeries?.path || undefined}>
                <th scope="row" title={path}>
                  <button
                    type="button"
                    className={style.open}
                    aria-pressed={path === shownSeries?.path}
                    onClick={() => navigate({ search: (before) => ({ ...before, file: path }), replace: true })}
                  >
                    <Icon name="picture" size={15} />
                    <span>{path}</span>
                  </button>
                </th>
                <td className={tableStyle.number}>
                  {format.bytes(items.reduce((sum, { file }) => sum + file.size, 0))}
                </td>
                <td colSpan={2} className={style.empty}>
                  {text('output.series', {
                    count: items.length,
                    from: format.count(items[0]?.step ?? 0),
                    to: format.count(items.at(-1)?.step ?? 0),
                  })}
                </td>
              </tr>
            ))}
            {single
              .filter((file) => !isEmptyFolder(file))
              .map((file) => (
                <tr key={file.path} data-open={file === shown || undefined}>
                  <th scope="row" title={file.path}>
                    <button
                      type="button"
                      className={style.open}
                      aria-pressed={file === shown}
                      onClick={() => navigate({ search: (before) => ({ ...before, file: file.path }), replace: true })}
                    >
                      <Icon name={isFolder(file) ? 'folder' : icons[previewKind(file)]} size={15} />
                      <span>{file.path}</span>
                    </button>
                  </th>
                  <td className={tableStyle.number}>{format.bytes(file.size)}</td>
                  <td>
                    <Copyable value={file.digest} shown={file.digest.slice(0, digestShown)} />
                  </td>
                  <td className={tableStyle.tools}>
                    <a
                      className={buttonStyle.icon}
                      href={side === 'outputs' ? downloadUrl(name, file.path) : objectUrl(file.digest)}
                      download={file.path.split('/').at(-1)}
                      aria-label={`${text('word.download')} ${file.path}`}
                    >
                      <Icon name="download" />
                    </a>
                  </td>
                </tr>
              ))}
            {files.filter(isEmptyFolder).map((folder) => (
              <tr key={`folder ${folder.path}`}>
                <th scope="row" title={folder.path}>
                  <span className={style.folder}>
                    <Icon name="folder" size={15} />
                    <span>{folder.path}</span>
                  </span>
                </th>
                <td colSpan={3} className={style.empty}>
                  {text('run.files.emptyFolder')}
                </td>
              </tr>
            ))}
            {missing.map((output) => (
              <tr key={`missing ${output.path}`}>
                <th scope="row">
                  <code>{output.path}</code>
                </th>
                <td colSpan={3} className={style.missing}>
                  {text('run.outputs.missing', { why: output.why_said ? say(output.why_said) : output.why })}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableFrame>
      {shownSeries && <SeriesPreview key={shownSeries.path} series={shownSeries} urlOf={url} />}
      {shown && <Preview key={shown.digest + shown.path} file={shown} url={url(shown)} />}
    </div>
  )
}

function NoFiles({ run, side }: { run: RunDetail; side: 'inputs' | 'outputs' }) {
  const text = useText()
  if (side === 'inputs')
    return <Empty command="hven run -i data.csv -- python3 fit.py">{text('run.inputs.none')}</Empty>
  if (!hasEnded(run.state) && run.spec && run.spec.outputs.length > 0) {
    return (
      <Empty>
        {text('run.outputs.later')} <code>{run.spec.outputs.join(', ')}</code>
      </Empty>
    )
  }
  return <Empty command="hven run -o plot.svg -- python3 fit.py">{text('run.outputs.none')}</Empty>
}
