// How things are named for the server, whichever they are, and in which group of a list each belongs.
import type { Node } from '../api/types'

export type Noun = 'run' | 'dataset' | 'law' | 'claim' | 'publication' | 'hidden'

/** `run/ID`, `data/ID`, `claim/ID`, `publication/ID`; undefined for what has no name: raw bytes, code, what may not be seen. */
export function nodeName(node: Pick<Node, 'run' | 'dataset' | 'claim' | 'publication'>): string | undefined {
  if (node.publication) return `publication/${node.publication.id}`
  if (node.claim) return `claim/${node.claim.id}`
  if (node.dataset) return `data/${node.dataset.id}`
  return node.run ? `run/${node.run.id}` : undefined
}

/** A search for laws is a run; a reader looks for the law. */
export const isLaw = (run: { command: string }): boolean => /^recipe law\b/.test(run.command)

export function nounOf(node: Pick<Node, 'kind' | 'run'>): Noun {
  if (node.kind === 'run') return node.run && isLaw(node.run) ? 'law' : 'run'
  if (node.kind === 'dataset' || node.kind === 'claim' || node.kind === 'publication') return node.kind
  return 'hidden'
}

export const nouns: Noun[] = ['claim', 'law', 'dataset', 'run', 'publication', 'hidden']

/** The groups of a list in their order; empty ones are left out. */
export function grouped<Item extends Pick<Node, 'kind' | 'run'>>(items: Item[]): [Noun, Item[]][] {
  return nouns
    .map((noun): [Noun, Item[]] => [noun, items.filter((item) => nounOf(item) === noun)])
    .filter(([, found]) => found.length > 0)
}
