// The search parameters of a run's address: the open part.

export const runTabs = ['log', 'metrics', 'resources', 'params', 'inputs', 'outputs', 'code', 'reproductions'] as const
export type RunTab = (typeof runTabs)[number]

export interface RunSearch {
  tab?: RunTab
  /** The output whose preview is open. */
  file?: string
  /** The shown reproduction: the run that does it, otherwise the time of its verdict. */
  made?: string
}

export function readRunSearch(search: Record<string, unknown>): RunSearch {
  const tab = runTabs.find((name) => name === search.tab)
  const word = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined)
  return { tab, file: word(search.file), made: word(search.made) }
}
