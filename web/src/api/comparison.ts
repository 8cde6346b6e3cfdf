// Several runs together: the names of their metrics and parameters, their curves, and the differences between them.
import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query'
import { get } from './client'
import { runKeys } from './runs'
import type { Schemas } from './types'

export type RunColumn = Schemas['RunColumn']
export type RunColumns = Schemas['RunColumns']
export type RunField = Schemas['RunField']
export type RunCurve = Schemas['RunCurve']
export type RunCurves = Schemas['RunCurves']
export type ComparedRuns = Schemas['ComparedRuns']
export type ComparedValues = Schemas['ComparedValues']
export type ComparedMetric = Schemas['ComparedMetric']
export type ComparedCode = Schemas['ComparedCode']
export type Influence = Schemas['Influence']

/** The server compares at most so many runs at once. */
export const compared_max = 200

/** The curve of a run has at most so many points; more than a chart is wide cannot be seen. */
const curvePoints_max = 500
const columnsStale_ms = 30_000
const live_ms = 3_000

export const runColumnsQuery = (project: string | undefined) =>
  queryOptions({
    queryKey: ['run columns', project ?? ''],
    queryFn: ({ signal }) => get<RunColumns>('/runs/columns', { project }, signal),
    staleTime: columnsStale_ms,
    placeholderData: keepPreviousData,
    retry: false,
  })

/** The names of the metrics and parameters that runs have, for completion, columns and axes. */
export const useRunColumns = (project: string | undefined) => useQuery(runColumnsQuery(project))

export const comparedRunsQuery = (runs: readonly string[], metric: string | undefined) =>
  queryOptions({
    queryKey: [...runKeys.all, 'compare', runs.join(), metric ?? ''],
    queryFn: ({ signal }) => get<ComparedRuns>('/runs/compare', { runs: runs.join(), metric }, signal),
    enabled: runs.length > 0 && runs.length <= compared_max,
    placeholderData: keepPreviousData,
  })

export const useComparedRuns = (runs: readonly string[], metric?: string) => useQuery(comparedRunsQuery(runs, metric))

/** One metric of several runs. While a run goes on, its new points are requested again and again. */
export const useRunCurves = (runs: readonly string[], key: string, isLive: boolean) =>
  useQuery({
    queryKey: [...runKeys.all, 'curves', runs.join(), key],
    queryFn: ({ signal }) =>
      get<RunCurves>('/runs/curves', { runs: runs.join(), key, points: curvePoints_max }, signal),
    enabled: runs.length > 0 && runs.length <= compared_max,
    placeholderData: keepPreviousData,
    refetchInterval: isLive ? live_ms : false,
  })
