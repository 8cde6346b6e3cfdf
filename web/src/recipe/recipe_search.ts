// What the address of a recipe says: the dataset that it is to read.

export const readRecipeSearch = (search: Record<string, unknown>): { data?: string } => ({
  data: typeof search.data === 'string' && search.data !== '' ? search.data : undefined,
})
