// Runs: lists, one run and its parts, cancelling.
import { infiniteQueryOptions, keepPreviousData, queryOptions, useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { apiUrl, get, request, send } from './client'
import type {
  Curve,
  Explanation,
  LogMatches,
  Metrics,
  Page,
  ResourceCurves,
  RunDetail,
  RunFiles,
  RunSummary,
  Schemas,
} from './types'

export const runKeys = {
  all: ['runs'],
  list: (filter: Record<string, unknown>) => ['runs', filter],
  anyOne: ['run'],
  one: (run: string) => ['run', run],
  part: (run: string, part: string, ...more: unknown[]) => ['run', run, part, ...more],
} as const

export interface RunFilter {
  q?: string
  /** A condition over metrics, parameters and fields. */
  where?: string
  state?: string
  project?: string
  /** Includes the runs that Hven made for its own checks. */
  all_kinds?: 'true'
  /** Tags that a run must all have, separated by commas. */
  tag?: string
  /** `with` includes archived runs, `only` returns only them; undefined excludes them. */
  archived?: string
  sort?: string
  /** Names of metrics that each run has instead of its newest; `*` for all. */
  metrics?: string
  /** Names of tags with values that each run has. */
  named_tags?: string
}

/** A page of the list. With a condition the answer also counts the whole list. */
export type RunList = Schemas['RunList']

const page_runs = 200

export const runListQuery = (filter: RunFilter) =>
  infiniteQueryOptions({
    queryKey: runKeys.list({ ...filter }),
    queryFn: ({ pageParam, signal }) =>
      get<RunList>('/runs', { ...filter, limit: page_runs, cursor: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: keepPreviousData,
  })

export const useRunList = (filter: RunFilter) => useInfiniteQuery(runListQuery(filter))

export type CountedTasks = Schemas['CountedTasks']

export const taskCountQuery = ({ q, state, project, tag, archived }: RunFilter) =>
  queryOptions({
    queryKey: [...runKeys.all, 'tasks of arrays', { q, state, project, tag, archived }],
    queryFn: ({ signal }) => get<CountedTasks>('/tasks', { q, state, project, tag, archived }, signal),
    placeholderData: keepPreviousData,
    retry: false,
  })

/** How many tasks of arrays match a filter. The list of runs leaves them out. */
export const useTaskCount = (filter: RunFilter) => useQuery(taskCountQuery(filter))

/** Whether there are archived runs: an empty list without them does not mean that there are no runs. */
export const useHasArchived = (enabled: boolean) =>
  useQuery({
    queryKey: [...runKeys.all, 'archived'],
    queryFn: async ({ signal }) =>
      (await get<Page<RunSummary>>('/runs', { archived: 'only', limit: 1 }, signal)).items.length > 0,
    enabled,
  })

/** The runs with these handles, in any order, also archived ones. */
export const useRunsNamed = (handles: readonly string[], values: Pick<RunFilter, 'metrics' | 'named_tags'>) =>
  useQuery({
    queryKey: [...runKeys.all, 'named', handles.join(), values],
    queryFn: async ({ signal }) => {
      const where = `handle in (${handles.map((handle) => `'${handle.replaceAll("'", "''")}'`).join(', ')})`
      return (await get<RunList>('/runs', { where, archived: 'with', all_kinds: true, limit: 100, ...values }, signal))
        .items
    },
    enabled: handles.length > 0,
    placeholderData: keepPreviousData,
    retry: false,
  })

/** A few runs that match a text, for the palette. */
export const findRuns = async (q: string, signal: AbortSignal): Promise<RunSummary[]> =>
  (await get<Page<RunSummary>>('/runs', { q, limit: 8 }, signal)).items

export const runQuery = (run: string) =>
  queryOptions({ queryKey: runKeys.one(run), queryFn: ({ signal }) => get<RunDetail>(`/runs/${run}`, {}, signal) })

export const useRun = (run: string) => useQuery(runQuery(run))

export const runMetricsQuery = (run: string) =>
  queryOptions({
    queryKey: runKeys.part(run, 'metrics'),
    queryFn: async ({ signal }) => (await get<Metrics>(`/runs/${run}/metrics`, {}, signal)).metrics,
  })

export const useRunMetrics = (run: string) => useQuery(runMetricsQuery(run))

/** A chart cannot show more points than it is wide. */
const curvePoints_max = 2000

export const useCurve = (run: string, key: string, enabled: boolean) =>
  useQuery({
    queryKey: runKeys.part(run, 'points', key),
    queryFn: ({ signal }) => get<Curve>(`/runs/${run}/metrics/points`, { key, max_points: curvePoints_max }, signal),
    placeholderData: keepPreviousData,
    enabled,
  })

export const useRunResources = (run: string) =>
  useQuery({
    queryKey: runKeys.part(run, 'resources'),
    queryFn: ({ signal }) => get<ResourceCurves>(`/runs/${run}/resources`, {}, signal),
  })

export const runFilesQuery = (run: string) =>
  queryOptions({
    queryKey: runKeys.part(run, 'files'),
    queryFn: ({ signal }) => get<RunFiles>(`/runs/${run}/files`, {}, signal),
  })

export const useRunFiles = (run: string) => useQuery(runFilesQuery(run))

export const useRunExplanation = (run: string) =>
  useQuery({
    queryKey: runKeys.part(run, 'explain'),
    queryFn: ({ signal }) => get<Explanation>(`/runs/${run}/explain`, {}, signal),
    // Estimates change with time.
    refetchInterval: ({ state }) => (['waiting', 'running'].includes(state.data?.state ?? '') ? 10_000 : false),
  })

/** A text, of which the case does not count, or a regular expression. */
export interface LogPattern {
  q: string
  regex?: boolean
  ignore_case?: boolean
}

export const searchLog = (run: string, attempt: number, { q, regex, ignore_case }: LogPattern, signal: AbortSignal) =>
  get<LogMatches>(`/runs/${run}/log/search`, { q, regex, ignore_case, attempt, limit: 1000 }, signal)

export type DeletedRuns = Schemas['DeletedRuns']

/** How many runs one deletion may name. */
export const deleted_max = 1000

/** The content that a deletion would erase. */
export const useDeletionPlan = (runs: readonly string[], enabled: boolean) =>
  useQuery({
    queryKey: [...runKeys.all, 'deletion', ...runs],
    queryFn: ({ signal }) => send<DeletedRuns>('POST', '/runs/delete', { runs, dry_run: true }, undefined, signal),
    enabled,
    retry: false,
    // More may rest on a run each time.
    gcTime: 0,
  })

export const deleteRuns = (runs: readonly string[], because: string) =>
  send<DeletedRuns>('POST', '/runs/delete', { runs, because })

export const cancelRun = (run: string) => send('POST', `/runs/${run}/cancel`)

/** Keeps a waiting run from starting, or lets it start. */
export const holdRun = (run: string, held: boolean) => send('POST', `/runs/${run}/queue`, { held })

/** The address of the bytes of an output. */
export const outputUrl = (run: string, path: string) => apiUrl(`/runs/${run}/files/content`, { path })

export const downloadUrl = (run: string, path: string) => apiUrl(`/runs/${run}/files/content`, { path, download: true })

export const objectUrl = (digest: string) => apiUrl(`/objects/${digest}`)

/** The start of a text, at most `bytes_max` of it, and whether that is the whole text. */
export async function readText(url: string, bytes_max: number, signal: AbortSignal) {
  const response = await request(url, { signal })
  const reader = response.body?.getReader()
  const pieces: Uint8Array[] = []
  let bytes = 0
  while (reader !== undefined && bytes < bytes_max) {
    const { done, value } = await reader.read()
    if (done) return { text: decode(pieces), whole: true }
    pieces.push(value)
    bytes += value.length
  }
  await reader?.cancel()
  return { text: decode(pieces), whole: false }
}

function decode(pieces: Uint8Array[]): string {
  const decoder = new TextDecoder()
  return pieces.map((piece) => decoder.decode(piece, { stream: true })).join('') + decoder.decode()
}
