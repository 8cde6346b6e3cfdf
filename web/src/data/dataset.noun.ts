// Datasets: their list and the page of one version.
import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { datasetKeys, datasetListQuery, datasetOfRun, datasetQuery } from '../api/knowledge'
import { queryClient } from '../api/query_client'
import { recipesQuery } from '../api/recipes'
import { root } from '../frame/root'
import type { LineageNode, NodeView, Noun, NounLink } from '../noun'
import { readListSearch } from '../parts/list_search'
import { readDatasetSearch } from './data_search'

const dataRoute = createRoute({
  getParentRoute: () => root,
  path: '/data',
  validateSearch: readListSearch,
  loaderDeps: ({ search: { q = '' } }) => ({ q }),
  loader: ({ deps }) => {
    queryClient.prefetchInfiniteQuery(datasetListQuery(deps.q))
  },
  component: lazyRouteComponent(() => import('./DataPage'), 'DataPage'),
})

const importRoute = createRoute({
  getParentRoute: () => root,
  path: '/import',
  loader: () => {
    queryClient.prefetchQuery(recipesQuery)
  },
  component: lazyRouteComponent(() => import('./ImportPage'), 'ImportPage'),
})

const datasetRoute = createRoute({
  getParentRoute: () => root,
  path: '/data/$dataset',
  validateSearch: readDatasetSearch,
  loader: ({ params: { dataset } }) => {
    queryClient.prefetchQuery(datasetQuery(dataset))
  },
  component: lazyRouteComponent(() => import('./DatasetPage'), 'DatasetPage'),
})

const datasetLink = (dataset: string): NounLink => ({ to: '/data/$dataset', params: { dataset } })

function datasetView({ dataset }: LineageNode): NodeView | undefined {
  if (!dataset) return undefined
  const link = datasetLink(dataset.id)
  return { name: `data/${dataset.id}`, link, label: dataset.reference, soundness: dataset.soundness, repair: link }
}

export const dataset = {
  position: 40,
  facts: ['dataset.version_added', 'dataset.split_added', 'dataset.hold_out_read'],
  routes: [dataRoute, importRoute, datasetRoute],
  rail: { to: '/data', icon: 'table', label: 'nav.data', position: 20 },
  link: datasetLink,
  live: {
    queryKeys: [datasetKeys.all],
    isDerived: true,
    stale: [{ factPrefixes: ['dataset.'], alsoStale: 'derived' }],
  },
  lineage: { group: 'reach.group.dataset', position: 30, view: datasetView },
  result: {
    kinds: ['dataset', 'parts'],
    made: (run: string) => ({
      queryKey: datasetKeys.ofRun(run),
      queryFn: async ({ signal }: { signal: AbortSignal }) => {
        const { id, reference } = await datasetOfRun(run, signal)
        return { link: datasetLink(id), label: 'data.see' as const, values: { dataset: reference } }
      },
    }),
  },
} as const satisfies Noun
