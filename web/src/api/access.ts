// Tokens, users and roles.
import { queryOptions, useMutation, useQueries, useQuery, useQueryClient } from '@tanstack/react-query'
import { get, send } from './client'
import { keys } from './keys'
import type { Member, Page, Token, TokenCreated, User } from './types'

export const useTokens = () =>
  useQuery({
    queryKey: keys.tokens,
    queryFn: async ({ signal }) => (await get<Page<Token>>('/tokens', {}, signal)).items,
  })

/** The users with a role in a project, or in the whole home without a project. */
const membersQuery = (project: string | undefined) =>
  queryOptions({
    queryKey: [...keys.members, project ?? ''],
    queryFn: async ({ signal }) => (await get<Page<Member>>('/members', { project }, signal)).items,
  })

export const useMembers = (project: string | undefined, enabled: boolean) =>
  useQuery({ ...membersQuery(project), enabled })

/** The members of several scopes at once, as far as they are loaded. */
export const useMembersOf = (places: (string | undefined)[]): Member[] =>
  useQueries({ queries: places.map(membersQuery) }).flatMap(({ data }) => data ?? [])

export interface NewToken {
  name: string
  days?: number
}

export function useCreateToken() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (token: NewToken) => send<TokenCreated>('POST', '/tokens', token),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.tokens }),
  })
}

export function useRevokeToken() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (id: string) => send('DELETE', `/tokens/${id}`),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.tokens }),
  })
}

export interface NewMember {
  name: string
  email?: string
  project?: string
  role: string
  /** Undefined leaves the permission unchanged. */
  may_run_as_server?: boolean
}

/** Gives a role to the user of that name; adds the user if there is none. */
export function useAddMember() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: async ({ name, email, project, role, may_run_as_server }: NewMember) => {
      const users = (await get<Page<User>>('/users')).items
      const user = users.find((each) => each.name === name) ?? (await send<User>('POST', '/users', { name, email }))
      await send('PUT', '/members', { user: user.id, project, role, may_run_as_server })
    },
    onSettled: () => client.invalidateQueries({ queryKey: keys.members }),
  })
}

export interface Membership {
  user: string
  project?: string
}

export function useSetRole() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (membership: Membership & { role: string; may_run_as_server?: boolean }) =>
      send('PUT', '/members', membership),
    onSettled: () => client.invalidateQueries({ queryKey: keys.members }),
  })
}

export function useRemoveMember() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: ({ user, project }: Membership) => send('DELETE', '/members', { user, project }),
    onSettled: () => client.invalidateQueries({ queryKey: keys.members }),
  })
}
