// The object that describes a noun: its pages and their addresses, the facts that make its answers stale, how it is
// shown in a lineage. Rail, palette, router, breadcrumbs, live updates and links read the objects from nouns.ts.
//
// An object holds data only. The components that draw it are loaded with the pages, so the first page stays small.
import type { AnyRoute } from '@tanstack/react-router'
import type { QueryKey } from './api/keys'
import type { Node } from './api/types'
import type { MessageKey } from './messages/catalogue'
import type { IconName } from './parts/Icon'

export interface Noun {
  /** Nouns stand in the order of this number where the page of the record offers their facts. */
  position: number
  /** The kinds of its facts, in the order in which the page of the record offers them. */
  facts: readonly string[]
  /** Its pages. The router loads each when it is first opened. */
  routes: readonly AnyRoute[]
  /** Its entry in the rail and in the palette; breadcrumbs lead back to it. A noun reached only by links has none. */
  rail?: RailEntry
  /** Builds the address of the page of one thing from its id or handle. */
  link?: (id: string) => NounLink
  live?: LiveUpdates
  lineage?: LineageEntry
  result?: ResultEntry
  search?: PaletteSearch
}

export interface NounLink {
  /** The path of a route, such as `/data/$dataset`. */
  to: string
  params?: Record<string, string>
  search?: Record<string, string>
}

export interface RailEntry {
  to: string
  icon: IconName
  label: MessageKey
  /** Entries stand in the order of this number. */
  position: number
}

export interface LiveUpdates {
  /** All cached answers about the noun. They become stale after a retraction, a repair or an erasure of anything. */
  queryKeys: readonly QueryKey[]
  /** The noun is derived from other things: its answers become stale with each rule that says `alsoStale: 'derived'`. */
  isDerived?: true
  stale: readonly StaleRule[]
}

export interface StaleRule {
  /** The rule holds for facts whose kind begins with one of these. */
  factPrefixes: readonly string[]
  /** These answers become stale. */
  queryKeys?: readonly QueryKey[]
  /** The answer about the thing whose handle the fact carries becomes stale, too. */
  byHandle?: (handle: string) => QueryKey
  /** The answers about all derived nouns, or about all nouns, become stale, too. */
  alsoStale?: 'derived' | 'everything'
}

/** A node of a lineage as the server sends it: the field of its noun is filled in. */
export type LineageNode = Partial<Node>

export interface LineageEntry {
  /** The heading of a group of such nodes; it is filled in with their `count`. */
  group: MessageKey
  /** Groups stand in the order of this number. Where two nouns can view one node, the first of them does. */
  position: number
  /** Describes a node of this noun; undefined for nodes of other nouns. */
  view: (node: LineageNode) => NodeView | undefined
}

/** What runs of recipes make that this noun shows: the page of such a run links to it. */
export interface ResultEntry {
  /** The kinds of results, in the server's words. */
  kinds: readonly string[]
  /** Finds what a run with such a result made. */
  made: (run: string) => { queryKey: QueryKey; queryFn: (asked: { signal: AbortSignal }) => Promise<MadeThing> }
}

export interface MadeThing {
  link: NounLink
  /** What the link says, filled in with `values`. */
  label: MessageKey
  values?: Record<string, string>
}

export interface NodeView {
  /** The name that the server understands, such as `data/ID`. */
  name: string
  link: NounLink
  shape?: Shape
  label: string
  /** A text or a command after the link. */
  description?: { text: string } | { command: string }
  soundness: string | null | undefined
  /** The page that repairs it after it was retracted. */
  repair?: NounLink
}

/** The shape before a name: an icon, or that of a state or verdict, in the server's word. */
export type Shape = { icon: IconName } | { state: string } | { verdict: string | null | undefined }

export interface PaletteSearch {
  /** The heading of the results. */
  group: MessageKey
  key: (q: string) => QueryKey
  find: (q: string, signal: AbortSignal) => Promise<Found[]>
  /** An entry that opens the noun's list, filtered by the typed text. */
  filtered?: { label: MessageKey; icon: IconName; link: (q: string) => NounLink }
}

export interface Found {
  id: string
  shape: Shape
  label: string
  detail?: string
  link: NounLink
}
