// Things of a lineage, each as its noun shows it: how they are named for the server, and in which group of a list they
// stand.
import type { MessageKey } from '../messages/catalogue'
import type { LineageNode, NodeView } from '../noun'
import { nouns } from '../nouns'

const inLineage = nouns.flatMap(({ lineage }) => lineage ?? []).sort((a, b) => a.place - b.place)

/** How a thing is shown; undefined for what has no page: raw bytes, code, what may not be seen. */
export function viewOf(node: LineageNode): NodeView | undefined {
  for (const { view } of inLineage) {
    const found = view(node)
    if (found) return found
  }
  return undefined
}

/** `run/ID`, `data/ID`, `claim/ID`, `publication/ID`; undefined for what has no name. */
export const nodeName = (node: LineageNode): string | undefined => viewOf(node)?.name

/** The heading of what has no name. */
const hidden: MessageKey = 'reach.group.hidden'
const groups: readonly MessageKey[] = [...inLineage.map(({ group }) => group), hidden]

const groupOf = (node: LineageNode): MessageKey => inLineage.find(({ view }) => view(node))?.group ?? hidden

/** The groups of a list in their order, by their headings; empty ones are left out. */
export function grouped<Item extends LineageNode>(items: Item[]): [MessageKey, Item[]][] {
  return groups
    .map((group): [MessageKey, Item[]] => [group, items.filter((item) => groupOf(item) === group)])
    .filter(([, found]) => found.length > 0)
}
