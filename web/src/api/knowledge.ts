// Datasets, laws, claims, and the lineage of each.
import {
  infiniteQueryOptions,
  keepPreviousData,
  queryOptions,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query'
import { apiUrl, get, send } from './client'
import { nounKeys } from './keys'
import { soundnessKeys } from './soundness'
import type { ClaimDetail, ClaimSummary, DatasetDetail, DatasetSummary, LawDetail, Lineage, Page } from './types'

export const datasetKeys = { ...nounKeys('datasets'), ofRun: (run: string) => ['datasets', 'of run', run] } as const
export const claimKeys = nounKeys('claims')
export const lawKeys = {
  all: ['laws'],
  one: (run: string) => ['laws', run],
  ofRun: (run: string) => ['laws', 'of run', run],
} as const
export const lineageKeys = { all: ['lineage'], one: (of: string) => ['lineage', of] } as const

const page_items = 200

export function listQuery<Item>(queryKey: readonly unknown[], path: string, q: string) {
  return infiniteQueryOptions({
    queryKey,
    queryFn: ({ pageParam, signal }) =>
      get<Page<Item>>(path, { q: q || undefined, limit: page_items, cursor: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: Page<Item>) => page.next ?? undefined,
    placeholderData: keepPreviousData,
  })
}

export const datasetListQuery = (q: string) => listQuery<DatasetSummary>(datasetKeys.list(q), '/datasets', q)
export const claimListQuery = (q: string) => listQuery<ClaimSummary>(claimKeys.list(q), '/claims', q)
export const useDatasetList = (q: string) => useInfiniteQuery(datasetListQuery(q))
export const useClaimList = (q: string) => useInfiniteQuery(claimListQuery(q))

const named = (name: string) => encodeURIComponent(name)

export const datasetQuery = (dataset: string) =>
  queryOptions({
    queryKey: datasetKeys.one(dataset),
    queryFn: ({ signal }) => get<DatasetDetail>(`/datasets/${named(dataset)}`, {}, signal),
  })

export const useDataset = (dataset: string, enabled = true) => useQuery({ ...datasetQuery(dataset), enabled })

/** The table, or a part of it; the record notes a download of the hold-out part. */
export const tableUrl = (dataset: string) => apiUrl(`/datasets/${named(dataset)}/data`)

/** The documents that a run made for the catalogue. */
export const datasetOfRun = (run: string, signal: AbortSignal) =>
  get<DatasetSummary>(`/runs/${run}/dataset`, {}, signal)

export const claimQuery = (claim: string) =>
  queryOptions({
    queryKey: claimKeys.one(claim),
    queryFn: ({ signal }) => get<ClaimDetail>(`/claims/${named(claim)}`, {}, signal),
  })

export const useClaim = (claim: string) => useQuery(claimQuery(claim))

export function useJudge(claim: string) {
  const client = useQueryClient()
  return useMutation({
    // A claim that rests on something retracted is judged only with a reason.
    mutationFn: (despite_suspicion?: string) =>
      send<ClaimDetail>('POST', `/claims/${named(claim)}/judge`, undefined, { despite_suspicion }),
    onSuccess: (detail) => client.setQueryData(claimKeys.one(claim), detail),
    onSettled: () => {
      client.invalidateQueries({ queryKey: claimKeys.all })
      client.invalidateQueries({ queryKey: soundnessKeys.all })
    },
  })
}

export const lawQuery = (run: string) =>
  queryOptions({ queryKey: lawKeys.one(run), queryFn: ({ signal }) => get<LawDetail>(`/laws/${run}`, {}, signal) })

export const useLaw = (run: string) => useQuery(lawQuery(run))

export interface Choice {
  candidate: string
  because: string
}

export function useChoose(run: string) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (choice: Choice) => send<LawDetail>('POST', `/laws/${run}/choice`, choice),
    onSuccess: (detail) => client.setQueryData(lawKeys.one(run), detail),
  })
}

/** `of` names any thing: a run's handle, `data/ID`, `claim/ID`. */
export const lineageQuery = (of: string) =>
  queryOptions({
    queryKey: lineageKeys.one(of),
    queryFn: ({ signal }) => get<Lineage>('/lineage', { of }, signal),
  })

export const useLineage = (of: string) => useQuery(lineageQuery(of))
