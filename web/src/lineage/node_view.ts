// Finds the noun of a lineage node, and with it the node's view, name and group.
import type { MessageKey } from '../messages/catalogue'
import type { LineageNode, NodeView } from '../noun'
import { nouns } from '../nouns'

const inLineage = nouns.flatMap(({ lineage }) => lineage ?? []).sort((a, b) => a.position - b.position)

/** The view of a node; undefined for a node without a page: raw bytes, code, or a thing that the reader may not see. */
export function viewOf(node: LineageNode): NodeView | undefined {
  for (const { view } of inLineage) {
    const found = view(node)
    if (found) return found
  }
  return undefined
}

/** The name for the server, such as `run/ID`; undefined for a node without a page. */
export const nodeName = (node: LineageNode): string | undefined => viewOf(node)?.name

/** The heading of nodes without a page. */
const hidden: MessageKey = 'reach.group.hidden'
const groups: readonly MessageKey[] = [...inLineage.map(({ group }) => group), hidden]

const groupOf = (node: LineageNode): MessageKey => inLineage.find(({ view }) => view(node))?.group ?? hidden

/** The groups of a list with their headings, in order, without empty ones. */
export function grouped<Item extends LineageNode>(items: Item[]): [MessageKey, Item[]][] {
  return groups
    .map((group): [MessageKey, Item[]] => [group, items.filter((item) => groupOf(item) === group)])
    .filter(([, found]) => found.length > 0)
}
