// Laws: the page of the law that a search found. Links lead to it, so it has no entry in the rail.
import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { lawKeys, lawQuery, lineageQuery } from '../api/knowledge'
import { queryClient } from '../api/query_client'
import { root } from '../frame/root'
import type { LineageNode, NodeView, Noun, NounLink } from '../noun'
import { runView } from '../run/run.noun'
import { readLawSearch } from './law_search'

const lawRoute = createRoute({
  getParentRoute: () => root,
  path: '/laws/$run',
  validateSearch: readLawSearch,
  loader: ({ params: { run } }) => {
    queryClient.prefetchQuery(lawQuery(run))
    queryClient.prefetchQuery(lineageQuery(run))
  },
  component: lazyRouteComponent(() => import('./LawPage'), 'LawPage'),
})

const lawLink = (run: string): NounLink => ({ to: '/laws/$run', params: { run } })

/** The kind of result that is a law. */
const lawKind = 'law'

function lawView(node: LineageNode): NodeView | undefined {
  const view = runView(node)
  // A search for laws is a run, but a reader looks for the law.
  if (view === undefined || !node.run || node.result_kind !== lawKind) return undefined
  // An unfinished search has no law: the link leads to its run.
  return node.run.state === 'done' ? { ...view, link: lawLink(node.run.handle) } : view
}

export const law = {
  position: 50,
  facts: ['law.candidate_chosen'],
  routes: [lawRoute],
  link: lawLink,
  live: { queryKeys: [lawKeys.all], isDerived: true, stale: [{ factPrefixes: ['law.'], alsoStale: 'derived' }] },
  lineage: { group: 'reach.group.law', position: 20, view: lawView },
  result: {
    kinds: [lawKind],
    made: (run: string) => ({
      queryKey: lawKeys.ofRun(run),
      queryFn: async () => ({ link: lawLink(run), label: 'law.see' as const }),
    }),
  },
} as const satisfies Noun
