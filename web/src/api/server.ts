// The home and its server: the signed-in user, the number of runs, the data of the first page.
import { queryOptions, useQuery } from '@tanstack/react-query'
import { get, request } from './client'
import { keys } from './keys'
import type { Audit, AuditProgress, Me, Overview, Page, Project, Server } from './types'

export const useMe = () =>
  useQuery({ queryKey: keys.me, queryFn: ({ signal }) => get<Me>('/me', {}, signal), staleTime: 300_000 })

export const useServer = () =>
  useQuery({ queryKey: keys.server, queryFn: ({ signal }) => get<Server>('/server', {}, signal) })

export const overviewQuery = queryOptions({
  queryKey: keys.overview,
  queryFn: ({ signal }) => get<Overview>('/overview', {}, signal),
})

export const useProjects = () =>
  useQuery({
    queryKey: keys.projects,
    queryFn: async ({ signal }) => (await get<Page<Project>>('/projects', {}, signal)).items,
  })

/** Verifies the chain; with `objects` also reads every object and compares its digest. */
export const verifyRecord = (objects: boolean) => get<Audit>('/audit', { objects: objects || undefined })

const progress_ms = 1000

/** The progress of the audit that reads objects; undefined while none runs. */
export const useAuditProgress = (enabled: boolean) =>
  useQuery({
    queryKey: keys.auditProgress,
    queryFn: ({ signal }) => get<AuditProgress | null>('/audit/progress', {}, signal),
    refetchInterval: progress_ms,
    gcTime: 0,
    enabled,
  })

/**
 * Ends the session of this browser. A form cannot do it: our referrer policy removes the origin, and the server refuses
 * such a form.
 */
export const signOut = () => request('/logout', { method: 'POST' })
