// What the address of a list says: the text that filters it.

export const readListSearch = (search: Record<string, unknown>): { q?: string } => ({
  q: typeof search.q === 'string' && search.q !== '' ? search.q : undefined,
})
