// The search parameter of a list: the text that filters it.

export const readListSearch = (search: Record<string, unknown>): { q?: string } => ({
  q: typeof search.q === 'string' && search.q !== '' ? search.q : undefined,
})
