// What the address of a run's page says: which part of it is open.

export const runTabs = ['log', 'metrics', 'resources', 'params', 'inputs', 'outputs', 'code', 'reproductions'] as const
export type RunTab = (typeof runTabs)[number]

export interface RunSearch {
  tab?: RunTab
  /** The output whose preview is open. */
  file?: string
  /** The reproduction that is looked at: the run that does it, else when it was judged. */
  made?: string
}

export function readRunSearch(search: Record<string, unknown>): RunSearch {
  const tab = runTabs.find((name) => name === search.tab)
  const word = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined)
  return { tab, file: word(search.file), made: word(search.made) }
}
