// The wire types as the pages name them. schema.d.ts is generated from the server's OpenAPI document (`npm run api`).
import type { components } from './schema'

type Schemas = components['schemas']

export type Actor = Schemas['Actor']
export type Audit = Schemas['Audit']
export type ClaimDetail = Schemas['ClaimDetail']
export type ClaimSummary = Schemas['ClaimSummary']
export type Code = Schemas['Code']
export type Curve = Schemas['Curve']
export type DatasetDetail = Schemas['DatasetDetail']
export type DatasetSummary = Schemas['DatasetSummary']
export type Explanation = Schemas['Explanation']
export type Fact = Schemas['Fact']
export type Grown = Schemas['Grown']
export type Independence = Schemas['Independence']
export type Judgement = Schemas['Judgement']
export type LawDetail = Schemas['LawDetail']
export type Limits = Schemas['Limits']
export type Lineage = Schemas['Lineage']
export type LogChunk = Schemas['LogChunk']
export type LogMatch = Schemas['LogMatch']
export type LogMatches = Schemas['LogMatches']
export type LogPage = Schemas['LogPage']
export type MadeAgain = Schemas['MadeAgain']
export type Me = Schemas['Me']
export type Member = Schemas['Member']
export type Metrics = Schemas['Metrics']
export type MetricSummary = Schemas['MetricSummary']
export type Node = Schemas['Node']
export type Outcome = Schemas['Outcome']
export type Overview = Schemas['Overview']
export type Project = Schemas['Project']
export type Reach = Schemas['Reach']
export type Reached = Schemas['Reached']
export type RepairPlan = Schemas['RepairPlan']
export type RepairStep = Schemas['RepairStep']
export type Reproducing = Schemas['Reproducing']
export type Reproduction = Schemas['Reproduction']
export type Reproductions = Schemas['Reproductions']
export type ResourceCurves = Schemas['ResourceCurves']
export type Resources = Schemas['Resources']
export type RunDetail = Schemas['RunDetail']
export type RunFile = Schemas['RunFile']
export type RunFiles = Schemas['RunFiles']
export type RunName = Schemas['RunName']
export type Runner = Schemas['Runner']
export type RunSummary = Schemas['RunSummary']
export type Sentence = Schemas['Sentence']
export type Server = Schemas['Server']
export type SoundnessDetail = Schemas['SoundnessDetail']
export type Token = Schemas['Token']
export type TokenCreated = Schemas['TokenCreated']
export type User = Schemas['User']

/** One page of a list; `next` goes on, and is missing on the last page. */
export interface Page<Item> {
  schema: string
  items: Item[]
  next?: string | null
}

// TEMPORARY until the schema has them.
export interface PublicationSummary {
  id: string
  project: string
  name: string
  version: number
  reference: string
  newest: boolean
  supersedes?: string | null
  identifier: string
  title: string
  soundness?: string
  suspicion?: Sentence | null
  fingerprint: string
  archive: { path: string; size: number; digest: string }
  files: number
  bytes: number
  published: string
  published_by: Actor
}
export interface WithheldFile {
  path: string
  digest: string
  because: string
}
export interface PlannedFile {
  path: string
  digest: string
  size: number
  needed_by: string[]
}
export interface LicenceFinding {
  dataset: string
  license?: string | null
  redistribute: string
  derivatives: string
  commercial: string
  attribution: boolean
  share_alike: boolean
  included: boolean
  because: string
}
export interface PublicationPlan {
  project: string
  name: string
  title: string
  version: number
  unchanged?: PublicationSummary | null
  claims: ClaimSummary[]
  runs: number
  datasets: number
  laws: number
  files: PlannedFile[]
  bytes: number
  withheld: WithheldFile[]
  missing: PlannedFile[]
  licences: LicenceFinding[]
  warnings: string[]
  refusals: { node: string; said: Sentence }[]
}
export type PublicationDetail = PublicationSummary & {
  claims: Node[]
  versions: { id: string; version: number; title: string; published: string }[]
  withheld: WithheldFile[]
  description?: unknown
  url: string
}
export interface Published {
  is_new: boolean
  publication: PublicationDetail
}
export interface Author {
  name: string
  orcid?: string | null
  affiliation?: string | null
}
export interface Publish {
  claims: string[]
  title?: string | null
  summary?: string | null
  summary_zh?: string | null
  authors?: Author[]
  license?: string | null
  keywords?: string[]
  include_unlicensed?: boolean
  despite_suspicion?: string | null
}
