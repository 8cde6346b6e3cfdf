// Arrays: their list, one with its tasks, the states of all tasks, failures and metrics; cancelling, running again, and starting one.
import {
  infiniteQueryOptions,
  keepPreviousData,
  queryOptions,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query'
import { get, send } from './client'
import { nounKeys } from './keys'
import type { Page, RunDetail, RunSummary, Schemas } from './types'

export type ArrayDraft = Schemas['ArrayDraft']
export type ArrayDraftAnswer = Schemas['ArrayDraftAnswer']
export type ArrayPreview = Schemas['ArrayPreview']
export type DraftRefusal = Schemas['DraftRefusal']
export type ArrayDetail = Schemas['ArrayDetail']
export type ArrayFailures = Schemas['ArrayFailures']
export type ArrayGrid = Schemas['ArrayGrid']
export type ArrayPoint = Schemas['ArrayPoint']
export type ArrayPoints = Schemas['ArrayPoints']
export type ArraySummary = Schemas['ArraySummary']
export type ArrayTask = Schemas['ArrayTask']
export type Axis = Schemas['Axis']
export type FailureGroup = Schemas['FailureGroup']
export type TaskCounts = Schemas['TaskCounts']

export const arrayKeys = {
  ...nounKeys('arrays'),
  listOf: (filter: ArrayFilter) => ['arrays', 'list', { ...filter }],
  grid: (array: string) => ['arrays', 'grid', array],
  tasks: (array: string, place: TaskPlace) => ['arrays', 'tasks', array, { ...place }],
  /** Answers that need work for each task: they are requested again less often. */
  results: ['array results'],
  failures: (array: string) => ['array results', 'failures', array],
  points: (array: string, metric: string | undefined) => ['array results', 'points', array, metric],
} as const

export interface ArrayFilter {
  q?: string
  /** `running`: only the arrays that have not ended. */
  state?: string
}

const page_arrays = 100

export const arrayListQuery = (filter: ArrayFilter) =>
  infiniteQueryOptions({
    queryKey: arrayKeys.listOf(filter),
    queryFn: ({ pageParam, signal }) =>
      get<Page<ArraySummary>>('/arrays', { ...filter, limit: page_arrays, cursor: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: keepPreviousData,
  })

export const useArrayList = (filter: ArrayFilter) => useInfiniteQuery(arrayListQuery(filter))

const pathOf = (array: string) => `/arrays/${encodeURIComponent(array)}`

/** `array` is the number or the id. */
export const arrayQuery = (array: string) =>
  queryOptions({
    queryKey: arrayKeys.one(array),
    queryFn: ({ signal }) => get<ArrayDetail>(pathOf(array), {}, signal),
  })

export const useArray = (array: string) => useQuery(arrayQuery(array))

const cells_max = 1000

export const arrayGridQuery = (array: string) =>
  queryOptions({
    queryKey: arrayKeys.grid(array),
    queryFn: ({ signal }) => get<ArrayGrid>(`${pathOf(array)}/grid`, { cells: cells_max }, signal),
  })

export const useArrayGrid = (array: string) => useQuery(arrayGridQuery(array))

export interface TaskPlace {
  state?: string
  /** The number of the first task. */
  from?: number
}

const page_tasks = 50

export const useArrayTasks = (array: string, place: TaskPlace) =>
  useInfiniteQuery({
    queryKey: arrayKeys.tasks(array, place),
    queryFn: ({ pageParam, signal }) =>
      get<Page<ArrayTask>>(`${pathOf(array)}/tasks`, { ...place, limit: page_tasks, cursor: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: keepPreviousData,
  })

export const useArrayFailures = (array: string) =>
  useQuery({
    queryKey: arrayKeys.failures(array),
    queryFn: ({ signal }) => get<ArrayFailures>(`${pathOf(array)}/failures`, {}, signal),
  })

export const useArrayPoints = (array: string, metric: string | undefined) =>
  useQuery({
    queryKey: arrayKeys.points(array, metric),
    queryFn: ({ signal }) => get<ArrayPoints>(`${pathOf(array)}/points`, { metric }, signal),
    placeholderData: keepPreviousData,
  })

/** The actions of a reader on an array. `tasks` are ranges such as `3,10-20`; without them all are meant. */
export type ArrayAction =
  | { act: 'cancel'; tasks?: string }
  | { act: 'hold'; held: boolean }
  | { act: 'retry'; tasks?: string; cancelled?: boolean }
  /** Makes the dataset of the results again; no task runs again. */
  | { act: 'gather' }

export function useChangeArray(id: string) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: ({ act, ...body }: ArrayAction) => send<unknown>('POST', `${pathOf(id)}/${act}`, body),
    onSettled: () => {
      client.invalidateQueries({ queryKey: arrayKeys.all })
      client.invalidateQueries({ queryKey: arrayKeys.results })
    },
  })
}

/** The effect that the submission of a draft would have. The answer to the draft before stays until the new one is there. */
export const useDraftPreview = (draft: ArrayDraft | undefined) =>
  useQuery({
    queryKey: ['array draft', draft],
    queryFn: ({ signal }) => send<ArrayDraftAnswer>('POST', '/arrays/draft/preview', draft, undefined, signal),
    enabled: draft !== undefined,
    placeholderData: keepPreviousData,
    retry: false,
    gcTime: 0,
  })

export function useSubmitDraft() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (draft: ArrayDraft) => send<ArrayDraftAnswer>('POST', '/arrays/draft', draft),
    onSettled: () => client.invalidateQueries({ queryKey: arrayKeys.all }),
  })
}

/** The folder of the newest run or array, or an empty text. It is a suggestion: it does not change while a person writes. */
export const useLatestFolder = () =>
  useQuery({
    queryKey: ['folder of the latest work'],
    queryFn: async ({ signal }) => {
      const newest = { limit: 1 }
      const [{ items: runs }, { items: arrays }] = await Promise.all([
        get<Page<RunSummary>>('/runs', newest, signal),
        get<Page<ArraySummary>>('/arrays', newest, signal),
      ])
      const [run, array] = [runs[0], arrays[0]]
      if (array && (!run || Date.parse(array.submitted) > Date.parse(run.submitted)))
        return (await get<ArrayDetail>(pathOf(array.id), {}, signal)).cwd
      const spec = run && (await get<RunDetail>(`/runs/${run.id}`, {}, signal)).spec
      return spec?.place === 'here' ? spec.cwd : ''
    },
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  })
