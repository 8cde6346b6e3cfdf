// The machine: its runners, what is in use, and what was in use over time.
import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query'
import { type Span, span_ms } from '../machine/machine_search'
import { get } from './client'
import { nounKeys } from './keys'
import type { Schemas } from './types'

export type MachineReport = Schemas['MachineReport']
export type MachineRunner = Schemas['MachineRunner']
export type UseBin = Schemas['UseBin']
export type UseOverTime = Schemas['UseOverTime']

export const machineKeys = nounKeys('machine')

/** More bins than this are narrower than a line on a screen. */
const points_max = 200
/** The answer changes with the clock, so it is requested again while the page is visible. */
const refresh_ms = 10_000

export const machineQuery = (span: Span) =>
  queryOptions({
    queryKey: machineKeys.one(span),
    queryFn: ({ signal }) =>
      get<MachineReport>(
        '/machine',
        { since: new Date(Date.now() - span_ms[span]).toISOString(), points: points_max },
        signal,
      ),
    refetchInterval: refresh_ms,
    placeholderData: keepPreviousData,
  })

export const useMachine = (span: Span) => useQuery(machineQuery(span))
