// The search parameters of a dataset's page: the open tab.

export const datasetTabs = ['columns', 'sample', 'problems', 'checks', 'splits', 'versions'] as const
export type DatasetTab = (typeof datasetTabs)[number]

export const readDatasetSearch = (search: Record<string, unknown>): { tab?: DatasetTab } => ({
  tab: datasetTabs.find((tab) => tab === search.tab),
})
