// The document of a run of the recipe `law`: the front of candidates, the selected one and why, and named quantities
// with their intervals.
import type { Tree } from './expression'

export interface Quantity {
  name: string
  value: number
  low?: number | null
  high?: number | null
  unit?: string | null
}

export interface Constant {
  value: number
  low?: number | null
  high?: number | null
  unit?: string | null
  fitted: boolean
  reading?: string | null
}

export interface Candidate {
  id: string
  /** An expression over the columns in their declared units, as plain numbers. */
  text: string
  /** For readers: fewer digits, constants with units. */
  display: string
  tree: Tree
  complexity: number
  loss: number
  r2: number
  r2_holdout?: number | null
  constants: Constant[]
}

export interface LawDocument {
  inputs: string[]
  target: string
  /** The target as formulas name it: in backticks if it needs them. */
  target_text: string
  front: Candidate[]
  chosen: string
  rule: string
  reason: string
  quantities: Quantity[]
  removed_by_units: { in_search: number; from_front: number }
  ending: string
  evaluations: number
  rows: number
  rows_holdout: number
  notes: string[]
}

/** The document, if this version can read it. */
export function readLaw(document: unknown): LawDocument | undefined {
  if (typeof document !== 'object' || document === null) return undefined
  const law = document as Partial<LawDocument>
  if (!Array.isArray(law.front) || typeof law.target !== 'string') return undefined
  return {
    inputs: law.inputs ?? [],
    target: law.target,
    // Earlier versions wrote no backticks.
    target_text: law.target_text || law.target,
    front: law.front,
    chosen: law.chosen ?? '',
    rule: law.rule ?? '',
    reason: law.reason ?? '',
    quantities: law.quantities ?? [],
    removed_by_units: law.removed_by_units ?? { in_search: 0, from_front: 0 },
    ending: law.ending ?? '',
    evaluations: law.evaluations ?? 0,
    rows: law.rows ?? 0,
    rows_holdout: law.rows_holdout ?? 0,
    notes: law.notes ?? [],
  }
}
