// What the addresses of data and knowledge say: the filter of a list, the open tab of a dataset.

export const datasetTabs = ['columns', 'sample', 'problems', 'checks', 'splits', 'versions'] as const
export type DatasetTab = (typeof datasetTabs)[number]

export const readListSearch = (search: Record<string, unknown>): { q?: string } => ({
  q: typeof search.q === 'string' && search.q !== '' ? search.q : undefined,
})

export const readDatasetSearch = (search: Record<string, unknown>): { tab?: DatasetTab } => ({
  tab: datasetTabs.find((tab) => tab === search.tab),
})
