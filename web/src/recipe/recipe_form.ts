// The form of a recipe: each field is a text, and the type of its argument decides how it is read. Errors stand next to
// the field before anything is sent; the server checks all values again.
import type { ArgumentType, RecipeArgument } from '../api/recipes'
import type { MessageKey, Values } from '../messages/catalogue'

/** The error of a field. */
export interface Wrong {
  key: MessageKey
  values?: Values
}

export type Read = { value: unknown } | { wrong: Wrong }

const wrong = (key: MessageKey, values?: Values): Read => ({ wrong: { key, values } })

/** Whether a field has one entry a line. */
export const isLines = ({ is }: ArgumentType): boolean => is === 'list' || is === 'map'

/** The value of a field that is not empty. */
export function readValue(type: ArgumentType, field: string): Read {
  switch (type.is) {
    case 'text':
    case 'column':
      return { value: field }
    case 'number':
      return readNumber(type, field, /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i, 'recipe.wrong.number')
    case 'whole':
      return readNumber(type, field, /^[+-]?\d+$/, 'recipe.wrong.whole')
    case 'bool':
      return field === 'true' || field === 'false' ? { value: field === 'true' } : wrong('recipe.wrong.bool')
    case 'duration': {
      const seconds = readSeconds(field)
      return seconds === undefined ? wrong('recipe.wrong.duration') : { value: seconds }
    }
    case 'choice': {
      const choice = type.choices?.find(({ word }) => word === field)
      return choice ? { value: choice.value } : wrong('recipe.wrong.choice')
    }
    case 'list':
      return readList(type, field)
    case 'map':
      return readMap(type, field)
    default:
      return readRecord(field)
  }
}

function readNumber({ min, max }: ArgumentType, field: string, form: RegExp, key: MessageKey): Read {
  const text = field.trim()
  const value = Number(text)
  if (!form.test(text) || !Number.isFinite(value)) return wrong(key)
  // A larger whole number would lose digits when it is sent.
  if (key === 'recipe.wrong.whole' && !Number.isSafeInteger(value))
    return wrong('recipe.wrong.max', { max: Number.MAX_SAFE_INTEGER })
  if (min != null && value < min) return wrong('recipe.wrong.min', { min })
  if (max != null && value > max) return wrong('recipe.wrong.max', { max })
  return { value }
}

const unit_s: Record<string, number> = { '': 1, s: 1, sec: 1, ms: 1e-3, m: 60, min: 60, h: 3600, d: 86_400 }

/** The seconds of a text such as `2h30min`, as the command line reads it. */
function readSeconds(field: string): number | undefined {
  const text = field.trim()
  if (!/^(\d+(\.\d+)?\s*[a-z]*\s*)+$/.test(text)) return undefined
  let total = 0
  for (const [, number, unit = ''] of text.matchAll(/(\d+(?:\.\d+)?)\s*([a-z]*)/g)) {
    const factor = unit_s[unit]
    if (factor === undefined) return undefined
    total += Number(number) * factor
  }
  return total
}

const linesOf = (field: string): string[] => field.split('\n').filter((line) => line.trim() !== '')

function readList(type: ArgumentType, field: string): Read {
  const items: unknown[] = []
  const seen = new Set<string>()
  for (const line of linesOf(field)) {
    const item: Read = type.of ? readValue(type.of, line) : { value: line }
    if ('wrong' in item) return item
    const same = JSON.stringify(item.value)
    if (type.distinct && seen.has(same)) return wrong('recipe.wrong.twice', { value: line })
    seen.add(same)
    items.push(item.value)
  }
  return { value: items }
}

function readMap(type: ArgumentType, field: string): Read {
  const entries: Record<string, unknown> = {}
  for (const line of linesOf(field)) {
    const at = line.indexOf('=')
    if (at < 0) return wrong('recipe.wrong.pair')
    const [name, text] = [line.slice(0, at), line.slice(at + 1)]
    if (Object.hasOwn(entries, name)) return wrong('recipe.wrong.twice', { value: name })
    const value: Read = type.of ? readValue(type.of, text) : { value: text }
    if ('wrong' in value) return value
    entries[name] = value.value
  }
  return { value: entries }
}

function readRecord(field: string): Read {
  try {
    const value: unknown = JSON.parse(field)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { value }
  } catch {
    // The code below reports the error.
  }
  return wrong('recipe.wrong.json')
}

/** A value as the text of its field. */
export function fieldOf(type: ArgumentType, value: unknown): string {
  if (Array.isArray(value)) return value.map((item) => fieldOf(type.of ?? type, item)).join('\n')
  const same = JSON.stringify(value)
  const choice = type.choices?.find((one) => JSON.stringify(one.value) === same)
  if (choice) return choice.word
  return typeof value === 'string' ? value : same
}

export type Fields = Record<string, string>

/** The arguments of a form, or the errors by the key of the field. An empty field is not sent. */
export function readArguments(
  list: readonly RecipeArgument[],
  fields: Fields,
): { given: Record<string, unknown>; wrong: Record<string, Wrong> } {
  const given: Record<string, unknown> = {}
  const faults: Record<string, Wrong> = {}
  for (const argument of list) {
    const field = fields[argument.key] ?? ''
    if (field === '') {
      if (argument.required) faults[argument.key] = { key: 'recipe.wrong.missing' }
      continue
    }
    const read = readValue(argument.type, field)
    if ('wrong' in read) faults[argument.key] = read.wrong
    else given[argument.name] = read.value
  }
  return { given, wrong: faults }
}
