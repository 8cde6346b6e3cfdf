// The pages and their addresses. Each page but the frame is loaded when it is first gone to.
import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router'
import { claimListQuery, claimQuery, datasetListQuery, datasetQuery, lawQuery, lineageQuery } from './api/knowledge'
import { publicationListQuery, publicationQuery } from './api/publications'
import { queryClient } from './api/query_client'
import { runFilesQuery, runListQuery, runMetricsQuery, runQuery } from './api/runs'
import { overviewQuery } from './api/server'
import { readDatasetSearch, readListSearch } from './data/data_search'
import { Frame } from './frame/Frame'
import { MissingPage, PageProblem } from './frame/MissingPage'
import { readLawSearch } from './law/law_search'
import { readRecordSearch } from './record/record_search'
import { readRunSearch } from './run/run_search'
import { newestFirst, readRunsSearch } from './runs/runs_search'

const root = createRootRoute({ component: Frame, notFoundComponent: MissingPage, errorComponent: PageProblem })

const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  loader: () => {
    queryClient.prefetchQuery(overviewQuery)
  },
  component: lazyRouteComponent(() => import('./home/HomePage'), 'HomePage'),
})

export const runsRoute = createRoute({
  getParentRoute: () => root,
  path: '/runs',
  validateSearch: readRunsSearch,
  loaderDeps: ({ search: { q, state, project, sort } }) => ({ q, state, project, sort: sort ?? newestFirst }),
  loader: ({ deps }) => {
    queryClient.prefetchInfiniteQuery(runListQuery(deps))
  },
  component: lazyRouteComponent(() => import('./runs/RunsPage'), 'RunsPage'),
})

export const runRoute = createRoute({
  getParentRoute: () => root,
  path: '/r/$run',
  validateSearch: readRunSearch,
  // What every run's page asks for is on its way while the page itself still is.
  loader: ({ params: { run } }) => {
    queryClient.prefetchQuery(runQuery(run))
    queryClient.prefetchQuery(runMetricsQuery(run))
    queryClient.prefetchQuery(runFilesQuery(run))
    queryClient.prefetchQuery(lineageQuery(run))
  },
  component: lazyRouteComponent(() => import('./run/RunPage'), 'RunPage'),
})

export const dataRoute = createRoute({
  getParentRoute: () => root,
  path: '/data',
  validateSearch: readListSearch,
  loaderDeps: ({ search: { q = '' } }) => ({ q }),
  loader: ({ deps }) => {
    queryClient.prefetchInfiniteQuery(datasetListQuery(deps.q))
  },
  component: lazyRouteComponent(() => import('./data/DataPage'), 'DataPage'),
})

export const datasetRoute = createRoute({
  getParentRoute: () => root,
  path: '/data/$dataset',
  validateSearch: readDatasetSearch,
  loader: ({ params: { dataset } }) => {
    queryClient.prefetchQuery(datasetQuery(dataset))
  },
  component: lazyRouteComponent(() => import('./data/DatasetPage'), 'DatasetPage'),
})

export const lawRoute = createRoute({
  getParentRoute: () => root,
  path: '/laws/$run',
  validateSearch: readLawSearch,
  loader: ({ params: { run } }) => {
    queryClient.prefetchQuery(lawQuery(run))
    queryClient.prefetchQuery(lineageQuery(run))
  },
  component: lazyRouteComponent(() => import('./law/LawPage'), 'LawPage'),
})

export const knowledgeRoute = createRoute({
  getParentRoute: () => root,
  path: '/knowledge',
  validateSearch: readListSearch,
  loaderDeps: ({ search: { q = '' } }) => ({ q }),
  loader: ({ deps }) => {
    queryClient.prefetchInfiniteQuery(claimListQuery(deps.q))
  },
  component: lazyRouteComponent(() => import('./claims/KnowledgePage'), 'KnowledgePage'),
})

export const claimRoute = createRoute({
  getParentRoute: () => root,
  path: '/knowledge/$claim',
  loader: ({ params: { claim } }) => {
    queryClient.prefetchQuery(claimQuery(claim))
  },
  component: lazyRouteComponent(() => import('./claims/ClaimPage'), 'ClaimPage'),
})

export const publicationsRoute = createRoute({
  getParentRoute: () => root,
  path: '/publications',
  validateSearch: readListSearch,
  loaderDeps: ({ search: { q = '' } }) => ({ q }),
  loader: ({ deps }) => {
    queryClient.prefetchInfiniteQuery(publicationListQuery(deps.q))
  },
  component: lazyRouteComponent(() => import('./publications/PublicationsPage'), 'PublicationsPage'),
})

export const publicationRoute = createRoute({
  getParentRoute: () => root,
  path: '/publications/$publication',
  loader: ({ params: { publication } }) => {
    queryClient.prefetchQuery(publicationQuery(publication))
  },
  component: lazyRouteComponent(() => import('./publications/PublicationPage'), 'PublicationPage'),
})

export const recordRoute = createRoute({
  getParentRoute: () => root,
  path: '/log',
  validateSearch: readRecordSearch,
  component: lazyRouteComponent(() => import('./record/RecordPage'), 'RecordPage'),
})

const settings = createRoute({
  getParentRoute: () => root,
  path: '/settings',
  component: lazyRouteComponent(() => import('./settings/SettingsPage'), 'SettingsPage'),
})

export const router = createRouter({
  routeTree: root.addChildren([
    home,
    dataRoute,
    datasetRoute,
    runsRoute,
    runRoute,
    lawRoute,
    knowledgeRoute,
    claimRoute,
    publicationsRoute,
    publicationRoute,
    recordRoute,
    settings,
  ]),
  defaultPreload: 'intent',
  defaultErrorComponent: PageProblem,
  scrollRestoration: false,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
