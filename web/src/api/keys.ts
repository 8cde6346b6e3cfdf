// The query keys, under which answers are cached. The keys of a noun are in the file of its queries.

export type QueryKey = readonly unknown[]

/** The keys of a noun that has a list with a text filter, and pages of single things. Each starts with `all`. */
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
