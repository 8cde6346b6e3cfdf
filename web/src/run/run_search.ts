// The search parameters of a run's address: the open part.

export const runTabs = ['log', 'metrics', 'resources', 'params', 'inputs', 'outputs', 'code', 'reproductions'] as const
export type RunTab = (typeof runTabs)[number]

export interface RunSearch {
  tab?: RunTab
  /** The output whose preview is open. */
  file?: string
  /** The shown reproduction: the run that does it, otherwise the time of its verdict. */
  made?: string
  /** A text or a regular expression that is searched in the log. */
  find?: string
  regex?: true
  ignore_case?: true
  /** The attempt whose log is shown, and the place of the match that is shown first. */
  attempt?: number
  at?: number
}

export function readRunSearch(search: Record<string, unknown>): RunSearch {
  const tab = runTabs.find((name) => name === search.tab)
  const word = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined)
  const number = (value: unknown) => (Number.isSafeInteger(value) && Number(value) >= 0 ? Number(value) : undefined)
  return {
    tab,
    file: word(search.file),
    made: word(search.made),
    // The router reads numbers from the address.
    find: typeof search.find === 'number' ? String(search.find) : word(search.find),
    regex: search.regex === true || undefined,
    ignore_case: search.ignore_case === true || undefined,
    attempt: number(search.attempt),
    at: number(search.at),
  }
}
