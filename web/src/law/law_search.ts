// The search parameters of a law's address: the shown candidate, when it is not the selected one.

export const readLawSearch = (search: Record<string, unknown>): { candidate?: string } => ({
  candidate: search.candidate === undefined || search.candidate === '' ? undefined : String(search.candidate),
})
