// The documents of a dataset: the report of its import, and its first rows. The importer writes them and the server
// sends them unchanged, so absent or erased parts are left out here.
import type { Cell, Column } from './cells'

export interface ExtremeValue {
  value: Cell
  row: number
}

export interface Profile {
  column: string
  count: number
  nulls: number
  nans?: number
  distinct: { count: number; exact: boolean }
  mean?: number | null
  stddev?: number | null
  quantiles?: { share: number; value: Cell }[]
  quantiles_exact?: boolean
  histogram?: { edges: number[]; counts: number[]; below?: number; above?: number } | null
  smallest?: ExtremeValue[]
  largest?: ExtremeValue[]
  frequent?: { value: Cell; count: number }[]
  frequent_error?: number
  longest_chars?: number | null
}

export interface Problem {
  line: number
  row?: number | null
  column?: string | null
  kind: string
  raw: string
  what: string
}

export interface Check {
  check: string
  outcome: string
  failing_rows: number
  unknown_rows: number
  /** Rows without a value that the check reads. */
  unchecked_rows?: number
  examples?: { row: number; values: [string, Cell][] }[]
  explanation: string
}

export interface ImportReport {
  reader?: string
  rows: number
  columns: Column[]
  profile: Profile[]
  problems: { total: number; counts: { kind: string; column?: string | null; count: number }[]; first: Problem[] }
  checks: Check[]
  notes: string[]
  /** The format of the source: delimiter, encoding and so on, by name. */
  source: Record<string, unknown>
}

export interface Sample {
  columns: Column[]
  rows: Cell[][]
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const list = <Item>(value: unknown): Item[] => (Array.isArray(value) ? (value as Item[]) : [])

/** The importer's report; undefined when it was erased or is not a report. */
export function readReport(document: unknown): ImportReport | undefined {
  if (!isObject(document)) return undefined
  const schema = isObject(document.schema) ? document.schema : document
  const problems = isObject(document.problems) ? document.problems : {}
  return {
    reader: typeof document.reader === 'string' ? document.reader : undefined,
    rows: Number(document.rows ?? 0),
    columns: list(schema.columns),
    profile: list(document.profile),
    problems: { total: Number(problems.total ?? 0), counts: list(problems.counts), first: list(problems.first) },
    checks: list(document.checks),
    notes: list(document.notes),
    source: isObject(document.source) ? document.source : {},
  }
}

/**
 * The first rows; undefined when they were erased or are not a sample. A sample without columns gets those of the
 * report.
 */
export function readSample(document: unknown, columns: Column[]): Sample | undefined {
  if (!isObject(document)) return undefined
  const own = list<Column | string>(document.columns).map((column) =>
    typeof column === 'string'
      ? (columns.find(({ name }) => name === column) ?? { name: column, type: 'text' })
      : column,
  )
  return { columns: own.length > 0 ? own : columns, rows: list(document.rows) }
}
