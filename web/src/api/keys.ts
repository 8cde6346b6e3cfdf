// The names under which answers are kept, in one place, so that live facts can say which are stale.

export const keys = {
  me: ['me'],
  server: ['server'],
  overview: ['overview'],
  projects: ['projects'],
  runs: ['runs'],
  runList: (filter: Record<string, unknown>) => ['runs', filter],
  run: (run: string) => ['run', run],
  runPart: (run: string, part: string, ...more: unknown[]) => ['run', run, part, ...more],
  facts: ['facts'],
  factPage: (place: Record<string, unknown>) => ['facts', place],
  tokens: ['tokens'],
  members: ['members'],
  users: ['users'],
} as const
