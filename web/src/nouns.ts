// The one list of nouns, in the order in which the record offers their facts. A new noun has a line here.

import { claim } from './claims/claim.noun'
import { dataset } from './data/dataset.noun'
import { home } from './home/home.noun'
import { law } from './law/law.noun'
import type { Noun } from './noun'
import { publication } from './publications/publication.noun'
import { record } from './record/record.noun'
import { run } from './run/run.noun'
import { settings } from './settings/settings.noun'
import { soundness } from './soundness/soundness.noun'

const list = [home, settings, run, dataset, law, claim, soundness, publication, record] as const

type Listed = (typeof list)[number]

export const nouns: readonly Noun[] = list

/** The routes of all nouns, with their types: links to them are checked. */
export const nounRoutes: Listed['routes'][number][] = list.flatMap((noun) => [...noun.routes])

/** The parts of Hven in the rail's order. */
export const railParts = list.flatMap((noun) => ('rail' in noun ? [noun.rail] : [])).sort((a, b) => a.place - b.place)

export type RailPath = (typeof railParts)[number]['to']
