// All nouns together, from the list in noun_list.ts, in the order in which the page of the record offers their facts.

import type { Noun } from './noun'
import * as listed from './noun_list'

type Listed = (typeof listed)[keyof typeof listed]

const list: Listed[] = Object.values(listed).sort((a, b) => a.position - b.position)

export const nouns: readonly Noun[] = list

/** The routes of all nouns. The types are kept, so that TypeScript checks each link. */
export const nounRoutes: Listed['routes'][number][] = list.flatMap((noun) => [...noun.routes])

/** The entries of the rail and the palette, in order. */
export const railEntries = list
  .flatMap((noun) => ('rail' in noun ? [noun.rail] : []))
  .sort((a, b) => a.position - b.position)

export type RailPath = (typeof railEntries)[number]['to']
