// The object that describes a noun: its pages and their addresses, the facts that make its answers stale, its view in a
// lineage. Rail, palette, router, breadcrumbs, live updates and links read the objects from nouns.ts. An object holds
// only data. The components that draw it are loaded with the pages, so the first page stays small.
import type { AnyRoute } from '@tanstack/react-router'
import type { QueryKey } from './api/keys'
import type { Node } from './api/types'
import type { MessageKey } from './messages/catalogue'
import type { IconName } from './parts/Icon'

export interface Noun {
  /** The page of the record offers the facts of the nouns in the order of this number. */
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
  /** All cached answers about the noun. They become stale after a retraction, a repair or an erasure of any thing. */
  queryKeys: readonly QueryKey[]
  /** The noun is derived from other things: its answers become stale with each rule that has `alsoStale: 'derived'`. */
  isDerived?: true
  stale: readonly StaleRule[]
}

export interface StaleRule {
  /** The rule applies to facts whose kind starts with one of these. */
  factPrefixes: readonly string[]
  /** These answers become stale. */
  queryKeys?: readonly QueryKey[]
  /** They are requested again at most once in this time, because there may be thousands of such facts in a minute. */
  rest_ms?: number
  /** The answer about the thing whose handle the fact contains becomes stale, too. */
  byHandle?: (handle: string) => QueryKey
  /** The answers about all derived nouns, or about all nouns, become stale, too. */
  alsoStale?: 'derived' | 'everything'
}

/** A lineage node as the server sends it: only the field of its noun is set. */
export type LineageNode = Partial<Node>

export interface LineageEntry {
  /** The heading of a group of such nodes, with a `count` to be filled in. */
  group: MessageKey
  /** Groups stand in the order of this number. If two nouns can view one node, the first one does. */
  position: number
  /** Describes a node of this noun; undefined for nodes of other nouns. */
  view: (node: LineageNode) => NodeView | undefined
}

/** The results of recipes that this noun shows: the page of the run links to them. */
export interface ResultEntry {
  /** The kinds of results, in the server's words. */
  kinds: readonly string[]
  /** Finds the result of a run. */
  made: (run: string) => { queryKey: QueryKey; queryFn: (asked: { signal: AbortSignal }) => Promise<RunResult> }
}

export interface RunResult {
  link: NounLink
  /** The text of the link, filled in with `values`. */
  label: MessageKey
  values?: Record<string, string>
}

export interface NodeView {
  /** The name for the server, such as `data/ID`. */
  name: string
  link: NounLink
  shape?: Shape
  label: string
  /** A text or a command after the link. */
  description?: { text: string } | { command: string }
  soundness: string | null | undefined
  /** The page that repairs it after a retraction. */
  repair?: NounLink
}

/** The shape before a name: an icon, or the shape of a state or verdict, by the server's word. */
export type Shape = { icon: IconName } | { state: string } | { verdict: string | null | undefined }

export interface PaletteSearch {
  /** The heading of the results. */
  group: MessageKey
  key: (q: string) => QueryKey
  find: (q: string, signal: AbortSignal) => Promise<Found[]>
  /** Entries that open a list of the noun, filtered by the typed text. */
  filtered?: readonly { label: MessageKey; icon: IconName; link: (q: string) => NounLink }[]
}

export interface Found {
  id: string
  shape: Shape
  label: string
  detail?: string
  link: NounLink
}
