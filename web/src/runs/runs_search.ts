// The search parameters of the list of runs: filter, order, columns, groups and pins, so that a link shows the same list.

export interface RunsSearch {
  q?: string
  /** A condition over metrics, parameters and fields. */
  where?: string
  state?: string
  project?: string
  /** Tags that a run must all have, separated by commas. */
  tag?: string
  /** `with`: includes archived runs; `only`: archived runs only. */
  archived?: string
  /** `all`: includes the runs of Hven's own checks. */
  kinds?: string
  /** `newest`, `oldest`, `longest`, or an expression; with a minus sign the greatest value is first. */
  sort?: string
  /** Columns, separated by commas, if they differ from the stored ones. */
  cols?: string
  /** The column by whose values the runs are grouped. */
  group?: string
  /** The handles of the runs that stay at the top, separated by commas. */
  pins?: string
  /** The colours of runs: `7Q2M.3,8R3N.1`. */
  colours?: string
  /** The saved view that was opened, by its project and name. */
  view?: string
}

export const allKinds = 'all'
export const withArchived = 'with'
export const onlyArchived = 'only'

/** The default order. */
export const newestFirst = 'newest'

export function readRunsSearch(search: Record<string, unknown>): RunsSearch {
  // The router reads digits as a number and `true` as a boolean; a handle or a tag such as 1234 is a text here.
  const read = (name: string) => {
    const value = search[name]
    const text = typeof value === 'number' || typeof value === 'boolean' ? String(value) : value
    return typeof text === 'string' && text !== '' ? text : undefined
  }
  const sort = read('sort')
  return {
    q: read('q'),
    where: read('where'),
    state: read('state'),
    project: read('project'),
    tag: read('tag'),
    archived: [withArchived, onlyArchived].find((word) => word === search.archived),
    kinds: search.kinds === allKinds ? allKinds : undefined,
    sort: sort === newestFirst ? undefined : sort,
    cols: read('cols'),
    group: read('group'),
    pins: read('pins'),
    colours: read('colours'),
    view: read('view'),
  }
}

/** The tags in the address, in order, without duplicates. */
export const tagsOf = (tag: string | undefined): string[] => listIn(tag)

/** The parts of a list in the address, in order, without duplicates. */
export const listIn = (list: string | undefined): string[] => [
  ...new Set((list ?? '').split(',').filter((each) => each !== '')),
]

/** The names of columns as the address holds them: a comma in the name of a metric separates no columns. */
export const columnsText = (names: readonly string[]): string =>
  names.map((name) => name.replaceAll('%', '%25').replaceAll(',', '%2C')).join(',')

/** The metrics and the tags with values that these columns show, as a list of runs requests them. */
export function rowValues(columns: readonly string[]) {
  const named = (prefix: string) => {
    const names = columns.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length))
    return names.length === 0 ? undefined : columnsText([...new Set(names)])
  }
  return { metrics: named('metrics.'), named_tags: named('tags.') }
}

export const columnsIn = (text: string): string[] =>
  listIn(text).map((name) => name.replaceAll('%2C', ',').replaceAll('%25', '%'))
