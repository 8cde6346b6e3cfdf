// What the address of a run's page says: which part of it is open.

export const runTabs = ['log', 'metrics', 'resources', 'params', 'inputs', 'outputs', 'code'] as const
export type RunTab = (typeof runTabs)[number]

export interface RunSearch {
  tab?: RunTab
  /** The output whose preview is open. */
  file?: string
}

export function readRunSearch(search: Record<string, unknown>): RunSearch {
  const tab = runTabs.find((name) => name === search.tab)
  return { tab, file: typeof search.file === 'string' ? search.file : undefined }
}
