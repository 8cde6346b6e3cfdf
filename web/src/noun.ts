// What a noun says of itself, once: its pages and where they are, what makes its answers stale, how one of it is shown
// where it is named. Rail, palette, router, live updates, links and breadcrumbs read it from the list in nouns.ts.
//
// It is all data: what draws it is loaded with the pages, so a noun adds next to nothing to the first page.
import type { AnyRoute } from '@tanstack/react-router'
import type { QueryKey } from './api/keys'
import type { Node } from './api/types'
import type { MessageKey } from './messages/catalogue'
import type { IconName } from './parts/Icon'

export interface Noun {
  /** The kinds of facts that tell of it, as the record offers them. */
  facts: readonly string[]
  /** Its pages, each loaded when it is first gone to. */
  routes: readonly AnyRoute[]
  /** Its place in the rail and in the palette, and above its pages. */
  rail?: RailPart
  /** The address of the page of one of it. */
  link?: (id: string) => NounLink
  live?: LiveUpdates
  lineage?: InLineage
  search?: PaletteSearch
}

export interface NounLink {
  /** The path of a route, such as `/data/$dataset`. */
  to: string
  params?: Record<string, string>
  search?: Record<string, string>
}

export interface RailPart {
  to: string
  icon: IconName
  label: MessageKey
  /** How far down it stands: 10, 20, 30 leave room between. */
  place: number
}

export interface LiveUpdates {
  /** Where all that is kept of it is kept. It is stale after something fell or was erased. */
  queries: readonly QueryKey[]
  /** Whether it is derived from other things: then it is stale, too, after each fact that `reaches` what is derived. */
  isDerived?: true
  stale: readonly StaleRule[]
}

export interface StaleRule {
  /** How the kinds of the facts begin after which this is stale. */
  after: readonly string[]
  queries?: readonly QueryKey[]
  /** Of the one whose handle a fact names. */
  one?: (handle: string) => QueryKey
  /** What else is stale: all that is derived from other things, or all that is kept of any noun. */
  reaches?: 'derived' | 'everything'
}

/** A thing of a lineage, as the server describes it: what it is has its field. */
export type LineageNode = Partial<Node>

export interface InLineage {
  /** The heading above several of it, filled in with their `count`. */
  group: MessageKey
  /** Where that heading stands among the others; of nouns that know the same thing, the first shows it. */
  place: number
  /** How the thing is shown; undefined for a thing that is another noun's. */
  view: (node: LineageNode) => NodeView | undefined
}

export interface NodeView {
  /** Names it for the server: `data/ID`. */
  name: string
  link: NounLink
  shape?: Shape
  label: string
  /** What stands beside the link: a text, or a command. */
  beside?: { text: string } | { command: string }
  soundness: string | null | undefined
  /** Where it is repaired once it was retracted. */
  repair?: NounLink
}

/** What stands before a name: an icon, or the server's word of a state or a verdict. */
export type Shape = { icon: IconName } | { state: string } | { verdict: string | null | undefined }

export interface PaletteSearch {
  /** The heading above what was found. */
  group: MessageKey
  key: (q: string) => QueryKey
  find: (q: string, signal: AbortSignal) => Promise<Found[]>
  /** Its list, filtered by what was typed. */
  filtered?: { label: MessageKey; icon: IconName; link: (q: string) => NounLink }
}

export interface Found {
  id: string
  shape: Shape
  label: string
  detail?: string
  link: NounLink
}
