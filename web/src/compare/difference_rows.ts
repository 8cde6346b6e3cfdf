// The differences between runs as rows: sections of parameters, metrics, code and surroundings, with a text for each run.
import type { ComparedRuns, ComparedValues } from '../api/comparison'
import { toNumber, type WireNumber } from '../format/numbers'
import { plainValue } from '../format/plain_value'

export const sections = ['params', 'metrics', 'work', 'code', 'software', 'environment', 'inputs'] as const
export type Section = (typeof sections)[number]

export interface DifferenceRow {
  section: Section
  name: string
  differs: boolean
  /** The text of each run; undefined for a run that lacks it. */
  cells: (string | undefined)[]
  /** The values of each run, if they are numbers. */
  numbers?: (number | undefined)[]
}

export interface SectionRows {
  section: Section
  rows: DifferenceRow[]
  /** How many rows are the same in all runs and are not shown. */
  same: number
  /** How many of them the server leaves out, so that no switch shows them. */
  sameLeftOut: number
  /** How many rows differ, but are too many for the answer. */
  differentLeftOut: number
}

const commit_digits = 10

/** The sections that have rows; `all` also shows the rows in which the runs do not differ. */
export function differenceRows(compared: ComparedRuns, all: boolean): SectionRows[] {
  return sections
    .map((section) => {
      const rows = rowsOf(compared, section)
      const shown = all ? rows : rows.filter(({ differs }) => differs)
      const { same_left_out = 0, different_left_out = 0 } =
        section === 'metrics' || section === 'code' ? {} : compared[section]
      return {
        section,
        rows: shown,
        same: rows.length - shown.length + same_left_out,
        sameLeftOut: same_left_out,
        differentLeftOut: section === 'metrics' ? compared.metrics_left_out : different_left_out,
      }
    })
    .filter(({ rows, same, differentLeftOut }) => rows.length + same + differentLeftOut > 0)
}

function rowsOf(compared: ComparedRuns, section: Section): DifferenceRow[] {
  switch (section) {
    case 'metrics':
      return compared.metrics.map(({ name, last }) => {
        const numbers = last.map((value) => (value === null ? undefined : toNumber(value as WireNumber)))
        const differs = numbers.some((value) => !Object.is(value, numbers[0]))
        return {
          section,
          name,
          differs,
          cells: last.map((value) => (value === null ? undefined : String(value))),
          numbers,
        }
      })
    case 'code':
      return codeRows(compared)
    default:
      return compared[section].rows.map((values) => valueRow(section, values))
  }
}

function valueRow(section: Section, { name, differs, values, missing }: ComparedValues): DifferenceRow {
  const without = new Set(missing)
  return { section, name, differs, cells: values.map((value, at) => (without.has(at) ? undefined : plainValue(value))) }
}

function codeRows({ code }: ComparedRuns): DifferenceRow[] {
  if (code.group.every((group) => group === null)) return []
  const cells = code.group.map((at) => {
    const group = at === null ? undefined : code.groups[at]
    if (group === undefined) return undefined
    const commit = group.commit ? group.commit.slice(0, commit_digits) : `#${(at ?? 0) + 1}`
    return group.changed ? `${commit} +` : commit
  })
  return [{ section: 'code', name: 'code', differs: new Set(code.group).size > 1, cells }]
}
