// What the address of the list of runs says: filter, order and columns, so that a link shows the same list.

export interface RunsSearch {
  q?: string
  state?: string
  project?: string
  /** Tags that a run must all have, joined by commas. */
  tag?: string
  /** `with`: also archived runs; `only`: nothing else. */
  archived?: string
  /** `all`: also what Hven ran for its own checks. */
  kinds?: string
  /** `newest`, `oldest` or `longest`. */
  sort?: string
  /** Columns, joined by commas, where they are not the remembered ones. */
  cols?: string
}

export const allKinds = 'all'
export const withArchived = 'with'
export const onlyArchived = 'only'

/** The order when nothing is said. */
export const newestFirst = 'newest'
const orders = ['newest', 'oldest', 'longest']

export function readRunsSearch(search: Record<string, unknown>): RunsSearch {
  // The router reads digits as a number and `true` as what is so; a handle or a tag such as 1234 is a text here.
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

/** The tags of an address, in its order, each once. */
export const tagsOf = (tag: string | undefined): string[] => [
  ...new Set((tag ?? '').split(',').filter((each) => each !== '')),
]
