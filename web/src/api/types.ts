// The wire types as the pages name them. schema.d.ts is generated from the server's OpenAPI document (`npm run api`).
import type { components } from './schema'

type Schemas = components['schemas']

export type Audit = Schemas['Audit']
export type Actor = Schemas['Actor']
export type ClaimDetail = Schemas['ClaimDetail']
export type ClaimSummary = Schemas['ClaimSummary']
export type Code = Schemas['Code']
export type Curve = Schemas['Curve']
export type DatasetDetail = Schemas['DatasetDetail']
export type DatasetSummary = Schemas['DatasetSummary']
export type Explanation = Schemas['Explanation']
export type Fact = Schemas['Fact']
export type Grown = Schemas['Grown']
export type Judgement = Schemas['Judgement']
export type LawDetail = Schemas['LawDetail']
export type Limits = Schemas['Limits']
export type Lineage = Schemas['Lineage']
export type LogChunk = Schemas['LogChunk']
export type LogMatch = Schemas['LogMatch']
export type LogMatches = Schemas['LogMatches']
export type LogPage = Schemas['LogPage']
export type Me = Schemas['Me']
export type Member = Schemas['Member']
export type MetricSummary = Schemas['MetricSummary']
export type Metrics = Schemas['Metrics']
export type Outcome = Schemas['Outcome']
export type Overview = Schemas['Overview']
export type Project = Schemas['Project']
export type ResourceCurves = Schemas['ResourceCurves']
export type Resources = Schemas['Resources']
export type RunDetail = Schemas['RunDetail']
export type RunFile = Schemas['RunFile']
export type RunFiles = Schemas['RunFiles']
export type Runner = Schemas['Runner']
export type RunSummary = Schemas['RunSummary']
export type Sentence = Schemas['Sentence']
export type Server = Schemas['Server']
export type Token = Schemas['Token']
export type TokenCreated = Schemas['TokenCreated']
export type User = Schemas['User']

/** One page of a list; `next` goes on, and is missing on the last page. */
export interface Page<Item> {
  schema: string
  items: Item[]
  next?: string | null
}
