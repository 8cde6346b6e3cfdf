// The one list of nouns, in the order in which the page of the record offers their facts. A new noun is added here.

import { claim } from './claims/claim.noun'
import { dataset } from './data/dataset.noun'
import { home } from './home/home.noun'
import { law } from './law/law.noun'
import type { Noun } from './noun'
import { publication } from './publications/publication.noun'
import { recipe } from './recipe/recipe.noun'
import { record } from './record/record.noun'
import { repair } from './repairs/repair.noun'
import { run } from './run/run.noun'
import { settings } from './settings/settings.noun'
import { soundness } from './soundness/soundness.noun'

const list = [home, settings, run, recipe, dataset, law, claim, soundness, repair, publication, record] as const

type Listed = (typeof list)[number]

export const nouns: readonly Noun[] = list

/** The routes of all nouns. Their types are kept, so that TypeScript checks each link. */
export const nounRoutes: Listed['routes'][number][] = list.flatMap((noun) => [...noun.routes])

/** The entries of the rail and the palette, in their order. */
export const railEntries = list
  .flatMap((noun) => ('rail' in noun ? [noun.rail] : []))
  .sort((a, b) => a.position - b.position)

export type RailPath = (typeof railEntries)[number]['to']
