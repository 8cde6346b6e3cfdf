// Datasets, laws, claims, and the lineage of any of them.
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
import { keys } from './keys'
import type { ClaimDetail, ClaimSummary, DatasetDetail, DatasetSummary, LawDetail, Lineage, Page } from './types'

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

export const datasetListQuery = (q: string) => listQuery<DatasetSummary>(keys.datasetList(q), '/datasets', q)
export const claimListQuery = (q: string) => listQuery<ClaimSummary>(keys.claimList(q), '/claims', q)
export const useDatasetList = (q: string) => useInfiniteQuery(datasetListQuery(q))
export const useClaimList = (q: string) => useInfiniteQuery(claimListQuery(q))

const named = (name: string) => encodeURIComponent(name)

export const datasetQuery = (dataset: string) =>
  queryOptions({
    queryKey: keys.dataset(dataset),
    queryFn: ({ signal }) => get<DatasetDetail>(`/datasets/${named(dataset)}`, {}, signal),
  })

export const useDataset = (dataset: string) => useQuery(datasetQuery(dataset))

/** The table, or a part of it; taking what is held out is recorded. */
export const tableUrl = (dataset: string) => apiUrl(`/datasets/${named(dataset)}/data`)

/** What an import made; asked for only once it is done. */
export const useRunDataset = (run: string, enabled: boolean) =>
  useQuery({
    queryKey: keys.runDataset(run),
    queryFn: ({ signal }) => get<DatasetSummary>(`/runs/${run}/dataset`, {}, signal),
    enabled,
    retry: false,
  })

export const claimQuery = (claim: string) =>
  queryOptions({
    queryKey: keys.claim(claim),
    queryFn: ({ signal }) => get<ClaimDetail>(`/claims/${named(claim)}`, {}, signal),
  })

export const useClaim = (claim: string) => useQuery(claimQuery(claim))

export function useJudge(claim: string) {
  const client = useQueryClient()
  return useMutation({
    // What rests on something retracted is judged only with a reason.
    mutationFn: (despite_suspicion?: string) =>
      send<ClaimDetail>('POST', `/claims/${named(claim)}/judge`, undefined, { despite_suspicion }),
    onSuccess: (detail) => client.setQueryData(keys.claim(claim), detail),
    onSettled: () => {
      client.invalidateQueries({ queryKey: keys.claims })
      client.invalidateQueries({ queryKey: keys.soundness })
    },
  })
}

export const lawQuery = (run: string) =>
  queryOptions({ queryKey: keys.law(run), queryFn: ({ signal }) => get<LawDetail>(`/laws/${run}`, {}, signal) })

export const useLaw = (run: string) => useQuery(lawQuery(run))

export interface Choice {
  candidate: string
  because: string
}

export function useChoose(run: string) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (choice: Choice) => send<LawDetail>('POST', `/laws/${run}/choice`, choice),
    onSuccess: (detail) => client.setQueryData(keys.law(run), detail),
  })
}

/** `of` names anything: a run's handle, `data/ID`, `claim/ID`. */
export const lineageQuery = (of: string) =>
  queryOptions({
    queryKey: keys.lineage(of),
    queryFn: ({ signal }) => get<Lineage>('/lineage', { of }, signal),
  })

export const useLineage = (of: string) => useQuery(lineageQuery(of))
