// Publications: their list and the page of one version.
import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { publicationKeys, publicationListQuery, publicationQuery } from '../api/publications'
import { queryClient } from '../api/query_client'
import { root } from '../frame/root'
import type { LineageNode, NodeView, Noun, NounLink } from '../noun'
import { readListSearch } from '../parts/list_search'

const publicationsRoute = createRoute({
  getParentRoute: () => root,
  path: '/publications',
  validateSearch: readListSearch,
  loaderDeps: ({ search: { q = '' } }) => ({ q }),
  loader: ({ deps }) => {
    queryClient.prefetchInfiniteQuery(publicationListQuery(deps.q))
  },
  component: lazyRouteComponent(() => import('./PublicationsPage'), 'PublicationsPage'),
})

const publicationRoute = createRoute({
  getParentRoute: () => root,
  path: '/publications/$publication',
  loader: ({ params: { publication } }) => {
    queryClient.prefetchQuery(publicationQuery(publication))
  },
  component: lazyRouteComponent(() => import('./PublicationPage'), 'PublicationPage'),
})

const publicationLink = (publication: string): NounLink => ({
  to: '/publications/$publication',
  params: { publication },
})

function publicationView({ publication }: LineageNode): NodeView | undefined {
  if (!publication) return undefined
  return {
    name: `publication/${publication.id}`,
    link: publicationLink(publication.id),
    shape: { icon: 'publish' },
    label: publication.reference,
    description: { text: publication.title },
    soundness: publication.soundness,
  }
}

export const publication = {
  position: 80,
  facts: ['publication.made', 'crate.imported'],
  routes: [publicationsRoute, publicationRoute],
  rail: { to: '/publications', icon: 'publish', label: 'nav.publications', position: 50 },
  link: publicationLink,
  live: {
    queryKeys: [publicationKeys.all],
    isDerived: true,
    stale: [{ factPrefixes: ['publication.', 'crate.'], alsoStale: 'derived' }],
  },
  lineage: { group: 'reach.group.publication', position: 50, view: publicationView },
} as const satisfies Noun
