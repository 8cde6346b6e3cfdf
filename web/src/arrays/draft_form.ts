// The form of an array: each field is a text, which the server reads as `hven map` does. This file fills the fields in from an
// earlier array or run, and makes a draft of them.
import type { ArrayDetail, ArrayDraft, Axis, DraftRefusal } from '../api/arrays'
import type { RunDetail } from '../api/types'
import { shellLine } from '../format/shell'

/** The values of one name. */
export interface OverRow {
  key: number
  name: string
  values: string
}

/** The fields that have one text. */
export interface DraftTexts {
  command: string
  folder: string
  /** Groups of names whose values go together: `a, b; c, d`. */
  zip: string
  /** A path in each line. */
  inputs: string
  outputs: string
  project: string
  name: string
  cpus: string
  memory: string
  /** `gpu=1, licence=2`. */
  resources: string
  priority: string
  gather: string
  stop_when: string
}

export interface DraftForm {
  texts: DraftTexts
  rows: OverRow[]
}

export type TextField = keyof DraftTexts

const noTexts: DraftTexts = {
  command: '',
  folder: '',
  zip: '',
  inputs: '',
  outputs: '',
  project: '',
  name: '',
  cpus: '',
  memory: '',
  resources: '',
  priority: '',
  gather: '',
  stop_when: '',
}

export const emptyForm: DraftForm = { texts: noTexts, rows: [{ key: 1, name: '', values: '' }] }

/** A number of a range: a whole number of the smallest decimal places, in exact digits. */
function exact(value: bigint, scale: number): string {
  const sign = value < 0n ? '-' : ''
  const digits = String(value < 0n ? -value : value).padStart(scale + 1, '0')
  const whole = digits.slice(0, digits.length - scale)
  return scale === 0 ? `${sign}${whole}` : `${sign}${whole}.${digits.slice(-scale)}`
}

/** A value of a list. One that could be read as a range, a file or several values stands in quotes. */
function listed(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  const isPlain = /^[^\s",@](?:[^",\n\r]*[^\s",])?$/.test(text) && !text.includes('..')
  return isPlain ? text : `"${text.replaceAll('"', '""')}"`
}

/** The values of an axis as a person writes them, by name. `undefined`: rows of a table cannot be written in a field. */
export function writtenAxis(axis: Axis): { name: string; values: string }[] | undefined {
  switch (axis.kind) {
    case 'range': {
      const { name, first, step, scale, count } = axis
      // A number beyond 2^53 lost its last digits on the way here.
      if (![first, step, first + step * (count - 1)].every(Number.isSafeInteger)) return undefined
      const at = (index: number) => exact(BigInt(first) + BigInt(step) * BigInt(index), scale)
      const last = at(count - 1)
      const isUsual = scale === 0 && (step === 1 || step === -1) && (count > 1 || step === 1)
      const values = isUsual ? `${at(0)}..${last}` : `${at(0)}..${last}..${exact(BigInt(step), scale)}`
      return [{ name, values }]
    }
    case 'list':
      // A field of one line has no place for a value of several.
      if (axis.values.some((value) => typeof value === 'string' && /[\n\r]/.test(value))) return undefined
      return [{ name: axis.name, values: axis.values.map(listed).join(',') }]
    case 'table':
      return undefined
    case 'zip': {
      const parts = axis.axes.map(writtenAxis)
      return parts.every((part) => part !== undefined) ? parts.flat() : undefined
    }
  }
}

const namedUnits = (named: Record<string, number> | undefined): string =>
  Object.entries(named ?? {})
    .map(([name, count]) => `${name}=${count}`)
    .join(', ')

const gibibyte = 1 << 30

/** A size that the server reads as exactly this many bytes. */
function writtenBytes(bytes: number | null | undefined): string {
  if (!bytes) return ''
  return bytes % gibibyte === 0 ? `${bytes / gibibyte}GiB` : `${bytes}B`
}

interface Filled {
  form: DraftForm
  /** The names whose values could not be taken over. */
  lost: string[]
}

/** The form with the content of an earlier array. */
export function formOfArray(detail: ArrayDetail): Filled {
  const { array, axes, cwd, inputs = [], outputs, resources, priority, stop_when, gather } = detail
  const rows: OverRow[] = []
  const groups: string[] = []
  const lost: string[] = []
  for (const axis of axes) {
    const written = writtenAxis(axis)
    const names = written ?? namesIn(axis).map((name) => ({ name, values: '' }))
    if (!written) lost.push(...names.map(({ name }) => name))
    for (const row of names) rows.push({ key: rows.length + 1, ...row })
    if (axis.kind === 'zip') groups.push(names.map(({ name }) => name).join(', '))
  }
  const texts: DraftTexts = {
    ...noTexts,
    command: array.command,
    folder: cwd,
    zip: groups.join('; '),
    inputs: inputs.join('\n'),
    outputs: outputs.join('\n'),
    project: array.project,
    name: array.title ?? '',
    cpus: resources?.cpus && resources.cpus > 1 ? String(resources.cpus) : '',
    memory: writtenBytes(resources?.memory_bytes),
    resources: namedUnits(resources?.named),
    priority: priority ? String(priority) : '',
    gather: gather?.dataset ?? '',
    stop_when: stop_when ?? '',
  }
  return { form: { texts, rows }, lost }
}

function namesIn(axis: Axis): string[] {
  if (axis.kind === 'table') return axis.names
  return axis.kind === 'zip' ? axis.axes.flatMap(namesIn) : [axis.name]
}

/** The form with the command of a run, in which braces are written as such. Values of parameters become placeholders by hand. */
export function formOfRun(run: RunDetail): DraftForm {
  const { spec } = run
  if (!spec || spec.recipe) return emptyForm
  const texts: DraftTexts = {
    ...noTexts,
    command: shellLine(spec.argv.map((word) => word.replace(/[{}]/g, '$&$&'))),
    folder: spec.place === 'here' ? spec.cwd : '',
    inputs: spec.inputs.map(({ path }) => path).join('\n'),
    outputs: spec.outputs.join('\n'),
    project: run.project,
    cpus: spec.resources.cpus && spec.resources.cpus > 1 ? String(spec.resources.cpus) : '',
    memory: writtenBytes(spec.resources.memory_bytes),
    resources: namedUnits(spec.resources.named),
  }
  return { ...emptyForm, texts }
}

const parts = (text: string, separator: RegExp): string[] =>
  text
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part !== '')

/** The rows that a person began: an empty one is not sent. */
export const begunRows = ({ rows }: DraftForm): OverRow[] =>
  rows.filter(({ name, values }) => name.trim() !== '' || values.trim() !== '')

/** Whether there is enough to ask the server about it. */
export const isBegun = ({ texts, rows }: DraftForm): boolean =>
  texts.command.trim() !== '' && texts.folder.trim() !== '' && begunRows({ texts, rows }).length > 0

export function draftOf(form: DraftForm, like: string | undefined): ArrayDraft {
  const { texts } = form
  return {
    command: texts.command,
    folder: texts.folder.trim(),
    over: begunRows(form).map(({ name, values }) => `${name.trim()}=${values.trim()}`),
    zip: parts(texts.zip, /;/),
    inputs: parts(texts.inputs, /\n/),
    outputs: parts(texts.outputs, /\n/),
    project: texts.project.trim(),
    name: texts.name.trim(),
    cpus: texts.cpus.trim(),
    memory: texts.memory.trim(),
    resources: parts(texts.resources, /[,\s]+/),
    priority: texts.priority.trim(),
    gather: texts.gather.trim(),
    stop_when: texts.stop_when.trim(),
    like,
  }
}

/** The refusals of a field, or of one row. Those that belong to no field are those of `array`. */
export function refusalsOf(refusals: readonly DraftRefusal[], field: string): string[] {
  return refusals.filter((refusal) => refusal.field === field).map(({ message }) => message)
}

/** The refusals of the values by the key of the row. */
export function rowRefusals(refusals: readonly DraftRefusal[], form: DraftForm): Map<number, string> {
  const begun = begunRows(form)
  const found = new Map<number, string>()
  for (const { field, at, message } of refusals) {
    const row = field === 'over' && at != null ? begun[at] : undefined
    if (row) found.set(row.key, message)
  }
  return found
}
