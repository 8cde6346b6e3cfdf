// The noun "remark" with its page.
import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { queryClient } from '../api/query_client'
import { remarkKeys, remarkListQuery } from '../api/remarks'
import { root } from '../frame/root'
import type { LineageNode, NodeView, Noun, NounLink } from '../noun'
import { readListSearch } from '../parts/list_search'

const remarksRoute = createRoute({
  getParentRoute: () => root,
  path: '/remarks',
  validateSearch: readListSearch,
  loaderDeps: ({ search: { q = '' } }) => ({ q }),
  loader: ({ deps }) => {
    queryClient.prefetchInfiniteQuery(remarkListQuery(deps.q))
  },
  component: lazyRouteComponent(() => import('./RemarksPage'), 'RemarksPage'),
})

const remarkLink = (name: string): NounLink => ({ to: '/remarks', search: { q: name } })

function remarkView({ kind, values, text }: LineageNode): NodeView | undefined {
  const name = values?.remark
  if (kind !== 'remark' || typeof name !== 'string') return undefined
  return {
    name: `remark/${name}`,
    link: remarkLink(name),
    shape: { icon: 'tag' },
    label: name,
    description: { text: text ?? '' },
    soundness: undefined,
  }
}

export const remark = {
  position: 65,
  facts: ['remark.made'],
  routes: [remarksRoute],
  rail: { to: '/remarks', icon: 'tag', label: 'nav.remarks', position: 57 },
  link: remarkLink,
  live: { queryKeys: [remarkKeys.all], stale: [{ factPrefixes: ['remark.'], queryKeys: [remarkKeys.all] }] },
  lineage: { group: 'reach.group.remark', position: 60, view: remarkView },
} as const satisfies Noun
