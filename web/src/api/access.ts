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

/** Who has a role in a project, or in the whole home when none is named. */
const membersQuery = (project: string | undefined) =>
  queryOptions({
    queryKey: [...keys.members, project ?? ''],
    queryFn: async ({ signal }) => (await get<Page<Member>>('/members', { project }, signal)).items,
  })

export const useMembers = (project: string | undefined, enabled: boolean) =>
  useQuery({ ...membersQuery(project), enabled })

/** The same of several places at once, as far as it is known by now. */
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
  /** As it was when nothing is said. */
  may_run_as_server?: boolean
}

/** Gives a role to a user of that name, who is added when there is none yet. */
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

export interface Seat {
  user: string
  project?: string
}

export function useSetRole() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (seat: Seat & { role: string; may_run_as_server?: boolean }) => send('PUT', '/members', seat),
    onSettled: () => client.invalidateQueries({ queryKey: keys.members }),
  })
}

export function useRemoveMember() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: ({ user, project }: Seat) => send('DELETE', '/members', { user, project }),
    onSettled: () => client.invalidateQueries({ queryKey: keys.members }),
  })
}
