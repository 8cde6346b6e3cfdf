// The names under which answers are kept. Those of a noun stand beside its queries; here are the ones that no noun has.

export type QueryKey = readonly unknown[]

/** The names of a noun that has a list, filtered by a text, and single ones of it: `all` is the beginning of each. */
export const nounKeys = <Name extends string>(name: Name) =>
  ({
    all: [name],
    list: (q: string) => [name, 'list', q],
    one: (id: string) => [name, 'one', id],
  }) as const

export const keys = {
  me: ['me'],
  server: ['server'],
  overview: ['overview'],
  projects: ['projects'],
  facts: ['facts'],
  factPage: (place: Record<string, unknown>) => ['facts', place],
  auditProgress: ['audit', 'progress'],
  tags: ['tags'],
  tokens: ['tokens'],
  members: ['members'],
  users: ['users'],
} as const
