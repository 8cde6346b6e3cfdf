// The search parameters of a recipe's address: the dataset that it will read.

export const readRecipeSearch = (search: Record<string, unknown>): { data?: string } => ({
  data: typeof search.data === 'string' && search.data !== '' ? search.data : undefined,
})
