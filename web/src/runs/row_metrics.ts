// Metrics of rows beyond those that a list sends: a list has the eight newest metrics of each run. They are requested only
// for runs that are seen, and only if a chosen column needs them.
import { useQueries } from '@tanstack/react-query'
import { useMemo } from 'react'
import { comparedRunsQuery } from '../api/comparison'
import { queryClient } from '../api/query_client'
import type { MetricSummary, RunSummary } from '../api/types'
import type { Column } from './columns'

const listed_max = 8
const chunk_runs = 50

/** Whether a chosen metric of the run may be among those that the list leaves out. */
export function lacksMetrics(run: RunSummary, keys: readonly string[]): boolean {
  return run.metrics.length >= listed_max && keys.some((key) => !run.metrics.some((metric) => metric.key === key))
}

const metricKeys = (columns: readonly Column[]): string[] =>
  columns.flatMap(({ name }) => (name.startsWith('metrics.') ? [name.slice('metrics.'.length)] : []))

/** The chunks of runs that lack metrics; a chunk stays the same while a reader scrolls. */
function chunksOf(runs: readonly RunSummary[], keys: readonly string[]): string[][] {
  const chunks: string[][] = []
  for (let from = 0; from < runs.length; from += chunk_runs) {
    const lacking = runs.slice(from, from + chunk_runs).filter((run) => lacksMetrics(run, keys))
    if (lacking.length > 0) chunks.push(lacking.map(({ handle }) => handle))
  }
  return chunks
}

type FoundMetrics = Map<string, MetricSummary[]>

function collect(found: FoundMetrics, compared: Awaited<ReturnType<typeof fetchChunk>>, keys: readonly string[]) {
  const wanted = compared.metrics.filter(({ name }) => keys.includes(name))
  compared.runs.forEach(({ handle }, at) => {
    const metrics = wanted.flatMap(({ name, last, min, max, points }): MetricSummary[] => {
      const value = last[at]
      return value == null
        ? []
        : [{ key: name, last: value, min: min[at], max: max[at], points: points[at] ?? 0 } as MetricSummary]
    })
    found.set(handle, metrics)
  })
}

const fetchChunk = (handles: readonly string[]) => queryClient.fetchQuery(comparedRunsQuery(handles, undefined))

const merged = (run: RunSummary, found: FoundMetrics): RunSummary => {
  const more = found.get(run.handle)
  if (more === undefined) return run
  const known = new Set(run.metrics.map(({ key }) => key))
  return { ...run, metrics: [...more.filter(({ key }) => !known.has(key)), ...run.metrics] }
}

/** The runs, of which those between `from` and `to` have all metrics of the chosen columns. */
export function useRowMetrics(runs: RunSummary[], columns: readonly Column[], from: number, to: number): RunSummary[] {
  const keys = useMemo(() => metricKeys(columns), [columns])
  const first = Math.floor(from / chunk_runs) * chunk_runs
  const end = Math.ceil((to + 1) / chunk_runs) * chunk_runs
  const chunks = useMemo(
    () => (keys.length === 0 ? [] : chunksOf(runs.slice(first, end), keys)),
    [runs, keys, first, end],
  )
  const found = useQueries({
    queries: chunks.map((handles) => comparedRunsQuery(handles, undefined)),
    combine: (answers) => answers.map(({ data }) => data),
  })
  return useMemo(() => {
    const all: FoundMetrics = new Map()
    for (const data of found) if (data) collect(all, data, keys)
    return all.size === 0 ? runs : runs.map((run) => merged(run, all))
  }, [runs, found, keys])
}

/** The runs with all metrics of the chosen columns, for an export. */
export async function withAllMetrics(runs: RunSummary[], columns: readonly Column[]): Promise<RunSummary[]> {
  const keys = metricKeys(columns)
  const found: FoundMetrics = new Map()
  for (const chunk of chunksOf(runs, keys)) collect(found, await fetchChunk(chunk), keys)
  return found.size === 0 ? runs : runs.map((run) => merged(run, found))
}
