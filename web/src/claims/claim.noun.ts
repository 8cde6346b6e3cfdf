// Claims: their list and the page of one.
import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { claimKeys, claimListQuery, claimQuery } from '../api/knowledge'
import { queryClient } from '../api/query_client'
import { root } from '../frame/root'
import type { LineageNode, NodeView, Noun, NounLink } from '../noun'
import { readListSearch } from '../parts/list_search'

const knowledgeRoute = createRoute({
  getParentRoute: () => root,
  path: '/knowledge',
  validateSearch: readListSearch,
  loaderDeps: ({ search: { q = '' } }) => ({ q }),
  loader: ({ deps }) => {
    queryClient.prefetchInfiniteQuery(claimListQuery(deps.q))
  },
  component: lazyRouteComponent(() => import('./KnowledgePage'), 'KnowledgePage'),
})

const claimRoute = createRoute({
  getParentRoute: () => root,
  path: '/knowledge/$claim',
  loader: ({ params: { claim } }) => {
    queryClient.prefetchQuery(claimQuery(claim))
  },
  component: lazyRouteComponent(() => import('./ClaimPage'), 'ClaimPage'),
})

const claimLink = (claim: string): NounLink => ({ to: '/knowledge/$claim', params: { claim } })

function claimView({ claim }: LineageNode): NodeView | undefined {
  if (!claim) return undefined
  return {
    name: `claim/${claim.id}`,
    link: claimLink(claim.id),
    shape: { verdict: claim.verdict },
    label: claim.name,
    soundness: claim.soundness,
  }
}

export const claim = {
  position: 60,
  facts: ['claim.stated', 'claim.judged'],
  routes: [knowledgeRoute, claimRoute],
  rail: { to: '/knowledge', icon: 'knowledge', label: 'nav.knowledge', position: 40 },
  link: claimLink,
  live: { queryKeys: [claimKeys.all], isDerived: true, stale: [{ factPrefixes: ['claim.'], alsoStale: 'derived' }] },
  lineage: { group: 'reach.group.claim', position: 10, view: claimView },
} as const satisfies Noun
