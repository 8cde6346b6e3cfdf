// The form of an import: what its fields mean, and what the look at the file found.
import type { NewDataset } from '../api/imports'
import type { RecipeArgument } from '../api/recipes'
import { type Fields, readArguments, type Wrong } from '../recipe/recipe_form'
import type { Cell } from './cells'
import { type ImportReport, isObject, list, readReport } from './documents'

/** The arguments of an import that have fields of their own. The others say how the file is read. */
const others = new Set(['name', 'license', 'types', 'units', 'descriptions', 'checks', 'limits'])

export const sourceSettings = (list: readonly RecipeArgument[]): RecipeArgument[] =>
  list.filter(({ name }) => !others.has(name))

export interface ImportFields {
  name: string
  project: string
  license: string
  description: string
  /** One expression on each line. */
  checks: string
  /** By column. */
  types: Fields
  /** By column. */
  units: Fields
  /** How the file is read, by the key of the setting. */
  settings: Fields
}

export const emptyFields = (name: string, project: string): ImportFields => ({
  name,
  project,
  license: '',
  description: '',
  checks: '',
  types: {},
  units: {},
  settings: {},
})

/** The name of a dataset after the name of its file, as the command line makes it. */
export function nameOfFile(file: string): string {
  const stem = file.replace(/(?<=.)\.[^.]*$/, '')
  const name = stem.replace(/[^\p{L}\p{N}-]/gu, '_')
  return /^[\p{L}_]/u.test(name) ? name : `_${name}`
}

const filled = (fields: Fields): Record<string, string> =>
  Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) => (value.trim() === '' ? [] : [[name, value.trim()]])),
  )

/** The import that the fields describe, or the errors by the key of the setting. */
export function readImport(
  fields: ImportFields,
  settings: readonly RecipeArgument[],
  source: NewDataset['source'],
): { wanted: NewDataset; wrong: Record<string, Wrong> } {
  // People write a tab as \t: a key for it leaves the field.
  const typed = Object.fromEntries(
    Object.entries(fields.settings).map(([key, value]) => [key, value === '\\t' ? '\t' : value]),
  )
  const { given, wrong } = readArguments(settings, typed)
  const checks = fields.checks.split('\n').filter((line) => line.trim() !== '')
  const wanted = {
    name: fields.name.trim(),
    project: fields.project || undefined,
    source,
    types: filled(fields.types),
    units: filled(fields.units),
    checks,
    license: fields.license.trim() || undefined,
    description: fields.description.trim() || undefined,
    ...given,
  }
  return { wanted, wrong }
}

export interface UsedSetting {
  value: string
  /** The user chose it. */
  given: boolean
}

/** A note of the reader, with the settings that decide otherwise. */
export interface Remark {
  text: string
  settings: string[]
}

export interface Look {
  report: ImportReport
  rows: Cell[][]
  rows_read: number
  bytes: number
  /** The whole file was read, not only its beginning. */
  whole: boolean
  /** The settings that were used, by their names. */
  used: Record<string, UsedSetting>
  /** For each of the first problems of the report, the settings that decide it. */
  deciding: string[][]
  remarks: Remark[]
}

/** The findings of a look (`hven.look/1`); undefined when the answer is something else. */
export function readLook(document: unknown): Look | undefined {
  if (!isObject(document)) return undefined
  const report = readReport(document.report)
  if (report === undefined) return undefined
  const used = list<Record<string, unknown>>(document.settings).map(({ name, value, given }) => [
    String(name),
    { value: settingText(value), given: given === true },
  ])
  return {
    report,
    rows: list(document.rows),
    rows_read: Number(document.rows_read ?? 0),
    bytes: Number(document.bytes ?? 0),
    whole: document.whole !== false,
    used: Object.fromEntries(used),
    deciding: list<Record<string, unknown>>(document.doubtful).map(({ settings }) => list<string>(settings)),
    remarks: list<Record<string, unknown>>(document.remarks).map(({ text, settings }) => ({
      text: String(text),
      settings: list<string>(settings),
    })),
  }
}

/** The value of a setting in a form that shows blanks and tabs. */
function settingText(value: unknown): string {
  if (Array.isArray(value)) return value.map((one) => (one === '' ? '""' : settingText(one))).join(' ')
  if (value === ' ') return '␠'
  return String(value).replaceAll('\t', '\\t')
}
