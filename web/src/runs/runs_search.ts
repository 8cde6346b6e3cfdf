// The search parameters of the list of runs: filter, order and columns, so that a link shows the same list.

export interface RunsSearch {
  q?: string
  state?: string
  project?: string
  /** Tags that a run must all have, separated by commas. */
  tag?: string
  /** `with`: includes archived runs; `only`: archived runs only. */
  archived?: string
  /** `all`: includes the runs of Hven's own checks. */
  kinds?: string
  /** `newest`, `oldest` or `longest`. */
  sort?: string
  /** Columns, separated by commas, if they differ from the stored ones. */
  cols?: string
}

export const allKinds = 'all'
export const withArchived = 'with'
export const onlyArchived = 'only'

/** The default order. */
export const newestFirst = 'newest'
const orders = ['newest', 'oldest', 'longest']

export function readRunsSearch(search: Record<string, unknown>): RunsSearch {
  // The router reads digits as a number and `true` as a boolean; a handle or a tag such as 1234 is a text here.
  const read = (name: string) => {
    const value = search[name]
    const text = typeof value === 'number' || typeof value === 'boolean' ? String(value) : value
    return typeof text === 'string' && text !== '' ? text : undefined
  }
  return {
    q: read('q'),
    state: read('state'),
    project: read('project'),
    tag: read('tag'),
    archived: [withArchived, onlyArchived].find((word) => word === search.archived),
    kinds: search.kinds === allKinds ? allKinds : undefined,
    sort: orders.find((order) => order === search.sort),
    cols: read('cols'),
  }
}

/** The tags in the address, in order, without duplicates. */
export const tagsOf = (tag: string | undefined): string[] => [
  ...new Set((tag ?? '').split(',').filter((each) => each !== '')),
]
