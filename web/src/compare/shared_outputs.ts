// The outputs that compared runs can show side by side: files and series of pictures, by their paths.
import type { RunFile } from '../api/types'
import { previewKind } from '../outputs/preview_kind'
import { type StepSeries, stepSeries } from '../outputs/step_series'

export interface RunOutputs {
  handle: string
  files: readonly RunFile[]
}

export interface OfferedOutput {
  path: string
  /** The file or the series of each run that has it, by its handle. */
  byRun: Map<string, RunFile | StepSeries>
}

/** The outputs with a preview: those of the most runs first, then series, pictures and plots before tables and texts. */
export function offeredOutputs(runs: readonly RunOutputs[]): OfferedOutput[] {
  const found = new Map<string, OfferedOutput & { rank: number }>()
  const add = (handle: string, path: string, shown: RunFile | StepSeries, rank: number) => {
    const offered = found.get(path) ?? { path, byRun: new Map(), rank }
    offered.byRun.set(handle, shown)
    found.set(path, offered)
  }
  for (const { handle, files } of runs) {
    const { series, single } = stepSeries(files)
    for (const each of series) add(handle, each.path, each, 0)
    for (const file of single) {
      const rank = ranks.indexOf(previewKind(file))
      if (rank >= 0) add(handle, file.path, file, rank + 1)
    }
  }
  return [...found.values()].sort(
    (a, b) => b.byRun.size - a.byRun.size || a.rank - b.rank || a.path.localeCompare(b.path),
  )
}

const ranks = ['image', 'plot', 'plotly', 'table', 'parquet', 'page', 'text']
