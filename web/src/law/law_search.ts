// What the address of a law says: which candidate is looked at, when it is not the one that counts.

export const readLawSearch = (search: Record<string, unknown>): { candidate?: string } => ({
  candidate: search.candidate === undefined || search.candidate === '' ? undefined : String(search.candidate),
})
