// The outputs of the same path side by side: pictures, series of pictures over steps, tables, plots and texts.
import { useQueries } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useMemo } from 'react'
import type { ComparedRuns } from '../api/comparison'
import { outputUrl, runFilesQuery } from '../api/runs'
import type { RunFile } from '../api/types'
import { useText } from '../messages/catalogue'
import { ShownFile } from '../outputs/Preview'
import { SeriesPreview } from '../outputs/SeriesPreview'
import inputStyle from '../parts/Input.module.css'
import { Empty, Placeholder } from '../parts/Notice'
import style from './Compare.module.css'
import type { CompareSearch } from './compare_search'
import type { LineLook } from './run_colours'
import { Swatch } from './Swatch'
import { type OfferedOutput, offeredOutputs, type RunOutputs } from './shared_outputs'

interface OutputsPartProps {
  compared: ComparedRuns
  looks: ReadonlyMap<string, LineLook>
  search: CompareSearch
  onSearch: (change: Partial<CompareSearch>) => void
}

/** Files of more runs side by side cannot be looked at, and each run is a request. */
const runs_max = 24

export function OutputsPart({ compared, looks, search, onSearch }: OutputsPartProps) {
  const text = useText()
  const runs = compared.runs.slice(0, runs_max)
  const asked = useQueries({ queries: runs.map(({ handle }) => runFilesQuery(handle)) })
  const outputs = runs.map((run, at): RunOutputs => ({ handle: run.handle, files: asked[at]?.data?.outputs ?? [] }))
  const digests = outputs.map(({ files }) => files.length).join()
  // biome-ignore lint/correctness/useExhaustiveDependencies: the answers about files are new objects for each drawing
  const offered = useMemo(() => offeredOutputs(outputs), [digests])
  const isLoading = asked.some(({ isPending }) => isPending)
  const chosen = offered.find(({ path }) => path === search.path) ?? offered[0]
  if (chosen === undefined) return isLoading ? <Placeholder lines={6} /> : <Empty>{text('compare.outputs.none')}</Empty>
  return (
    <div className={style.part}>
      <div className={style.tools}>
        <label className={inputStyle.field}>
          <span>{text('compare.outputs.path')}</span>
          <select
            className={inputStyle.select}
            value={chosen.path}
            onChange={(event) => onSearch({ path: event.target.value })}
          >
            {offered.map(({ path, byRun }) => (
              <option key={path} value={path}>
                {text('compare.outputs.option', { path, count: byRun.size, all: runs.length })}
              </option>
            ))}
          </select>
        </label>
      </div>
      {compared.runs.length > runs.length && (
        <p className={style.note}>{text('compare.outputs.first', { count: runs.length })}</p>
      )}
      <div className={style.sides}>
        {runs.map((run, at) => {
          const look = looks.get(run.handle)
          const failed = asked[at]?.error
          return (
            <figure key={run.id} className={style.side} aria-label={`${run.handle}: ${chosen.path}`}>
              <figcaption>
                {look && <Swatch look={look} />}
                <Link to="/r/$run" params={{ run: run.handle }} search={{ tab: 'outputs', file: chosen.path }}>
                  {run.handle}
                </Link>
                {run.name && <span className={style.chipName}>{run.name}</span>}
              </figcaption>
              {failed ? (
                <p className={style.note}>{text('compare.outputs.failed', { run: run.handle, why: failed.message })}</p>
              ) : (
                <Side run={run.handle} chosen={chosen} isLoading={asked[at]?.isPending ?? false} />
              )}
            </figure>
          )
        })}
      </div>
    </div>
  )
}

function Side({ run, chosen, isLoading }: { run: string; chosen: OfferedOutput; isLoading: boolean }) {
  const text = useText()
  const found = chosen.byRun.get(run)
  const urlOf = (file: RunFile) => outputUrl(run, file.path)
  if (found === undefined)
    return isLoading ? <Placeholder lines={4} /> : <p className={style.note}>{text('compare.outputs.missing')}</p>
  if ('items' in found) return <SeriesPreview series={found} urlOf={urlOf} />
  const twin = [...chosen.byRun].find(([, other]) => !('items' in other) && other.digest === found.digest)?.[0]
  return (
    <>
      {twin !== undefined && twin !== run && (
        <p className={style.note}>{text('compare.outputs.same', { run: twin })}</p>
      )}
      <ShownFile file={found} url={urlOf(found)} />
    </>
  )
}
