// Provisional: the wire types of datasets, laws, claims and lineage, until the document of the API has them.
import type { MetricSummary, RunSummary } from './types'

export type Actor = RunSummary['submitted_by']
export interface RunName {
  id: string
  handle: string
}
export interface FileRef {
  path: string
  digest: string
  size: number
  kind: string
}

export interface DatasetSummary {
  id: string
  project: string
  name: string
  version: number
  reference: string
  newest: boolean
  rows: number
  columns: number
  bytes: number
  problems: number
  checks_failed: number
  license?: string | null
  description?: string | null
  added: string
  added_by: Actor
  run: RunName
  splits: number
}
export interface DatasetDetail extends DatasetSummary {
  schema: string
  source?: FileRef | null
  content: FileRef
  report: unknown
  sample: unknown
  versions: { id: string; version: number; added: string; rows: number }[]
  split_list: Split[]
  hold_out_reads: HoldOutRead[]
  hold_out_reads_total: number
  url: string
}
export interface Split {
  name: string
  method: string
  run: RunName
  parts: SplitPart[]
}
export interface SplitPart {
  name: string
  rows: number
  content: FileRef
  hold_out: boolean
  reads: number
}
export interface HoldOutRead {
  part?: string | null
  run?: RunName | null
  by: Actor
  time: string
}

export interface LawDetail {
  schema: string
  run: RunSummary
  law: unknown
  plots: { name: string; spec: unknown }[]
  chosen: number
  choice?: { candidate: number; because: string; by: Actor; time: string } | null
  dataset?: DatasetSummary | null
}

export interface ClaimSummary {
  id: string
  project: string
  name: string
  statement: string
  test: string
  evidence: string
  revision: number
  stated: string
  stated_by: Actor
  standing: string
  verdict?: string | null
  because?: string | null
  judged?: string | null
}
export interface ClaimDetail extends ClaimSummary {
  schema: string
  judgements: Judgement[]
  newest_evidence?: RunSummary | null
  url: string
}
export interface Judgement {
  revision: number
  verdict: string
  because: string
  test: string
  filled_in: string
  evidence: RunSummary[]
  quantities: Record<string, MetricSummary['last']>
  ledger: { runs: number; designs: number; hold_out_reads: number }
  judged: string
  judged_by: Actor
}

export interface Lineage {
  schema: string
  of: LineageNode
  rests_on: LineageStepOf[]
  supports: LineageStepOf[]
  truncated: boolean
}
export interface LineageNode {
  kind: string
  run?: RunSummary | null
  dataset?: DatasetSummary | null
  claim?: ClaimSummary | null
  file?: FileRef | null
  text: string
}
export interface LineageStepOf extends LineageNode {
  depth: number
  through?: FileRef | null
}
