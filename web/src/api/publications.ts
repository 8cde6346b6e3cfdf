// Publications: the list, one version, the plan, publishing.
import {
  keepPreviousData,
  queryOptions,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query'
import { apiUrl, get, send } from './client'
import { nounKeys } from './keys'
import { claimKeys, lineageKeys, listQuery } from './knowledge'
import { soundnessKeys } from './soundness'
import type { Page, PublicationDetail, PublicationPlan, PublicationSummary, Publish, Published } from './types'

export const publicationKeys = nounKeys('publications')

export const publicationListQuery = (q: string) =>
  listQuery<PublicationSummary>(publicationKeys.list(q), '/publications', q)

export const usePublicationList = (q: string) => useInfiniteQuery(publicationListQuery(q))

/** The newest publication that contains a claim. */
export const useNewestPublication = (claim: string, enabled: boolean) =>
  useQuery({
    queryKey: [...publicationKeys.all, 'of claim', claim],
    queryFn: async ({ signal }) => {
      const { items } = await get<Page<PublicationSummary>>('/publications', { claim, limit: 1 }, signal)
      const newest = items[0]
      return newest ? get<PublicationDetail>(`/publications/${newest.id}`, {}, signal) : null
    },
    enabled,
  })

const named = (name: string) => encodeURIComponent(name)

export const publicationQuery = (publication: string) =>
  queryOptions({
    queryKey: publicationKeys.one(publication),
    queryFn: ({ signal }) => get<PublicationDetail>(`/publications/${named(publication)}`, {}, signal),
  })

export const usePublication = (publication: string) => useQuery(publicationQuery(publication))

export const archiveUrl = (publication: string) => apiUrl(`/publications/${named(publication)}/archive`)

/** The page of the publication, with its pictures embedded. */
export const previewUrl = (publication: string) => apiUrl(`/publications/${named(publication)}/page`)

/** The plan of a publication; the call publishes nothing. */
export const usePublicationPlan = (wish: Publish, enabled: boolean) =>
  useQuery({
    queryKey: [...publicationKeys.all, 'plan', wish],
    queryFn: () => send<PublicationPlan>('POST', '/publications/plan', wish),
    placeholderData: keepPreviousData,
    enabled,
    // The upstream things may have changed since the dialogue was last open.
    staleTime: 0,
  })

export function usePublish() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (wish: Publish) => send<Published>('POST', '/publications', wish),
    onSettled: () => {
      for (const queryKey of [publicationKeys.all, claimKeys.all, lineageKeys.all, soundnessKeys.all])
        client.invalidateQueries({ queryKey })
    },
  })
}
