// Completes an expression that filters runs: names of metrics, parameters and fields, then operators, then values.
import type { RunColumn, RunField } from '../api/comparison'

export interface WhereOption {
  /** The text that replaces the typed word. */
  insert: string
  /** The kind of thing: `metric`, `parameter`, `tag`, `field`, `operator` or `value`. */
  of: 'metric' | 'parameter' | 'tag' | 'field' | 'operator' | 'value'
  /** For a metric or a parameter: how many runs have it, and its range. */
  column?: RunColumn
}

export interface WhereCompletion {
  /** The range of the text that an option replaces. */
  from: number
  to: number
  options: WhereOption[]
}

export interface WhereNames {
  columns: readonly RunColumn[]
  fields: readonly RunField[]
  /** The values that a field can have. */
  values: Readonly<Record<string, readonly string[]>>
}

const options_max = 12

const token =
  /(?<space>\s+)|(?<quote>'(?:[^']|'')*'?|"(?:[^"]|"")*"?)|(?<number>\d[\d.]*(?:e[+-]?\d+)?)|(?<name>(?:`(?:[^`]|``)*`?|[\p{L}_][\p{L}\p{N}_]*)(?:\.(?:`(?:[^`]|``)*`?|[\p{L}_][\p{L}\p{N}_]*)?)*)|(?<compare>==|!=|<=|>=|!~|[<>~])|(?<other>.)/giu

interface Token {
  kind: 'quote' | 'number' | 'name' | 'word' | 'compare' | 'other'
  text: string
  from: number
}

const words = ['and', 'or', 'not', 'in', 'between', 'is', 'missing', 'true', 'false']

function tokensOf(text: string): Token[] {
  const tokens: Token[] = []
  for (const found of text.matchAll(token)) {
    const { space, quote, number, name, compare } = found.groups ?? {}
    if (space !== undefined) continue
    const isWord = name !== undefined && words.includes(name)
    const kind = quote ? 'quote' : number ? 'number' : isWord ? 'word' : name ? 'name' : compare ? 'compare' : 'other'
    tokens.push({ kind, text: found[0], from: found.index })
  }
  return tokens
}

export function completeWhere(text: string, caret: number, names: WhereNames): WhereCompletion {
  const tokens = tokensOf(text.slice(0, caret))
  const last = tokens.at(-1)
  const touches = last !== undefined && last.from + last.text.length === caret
  // The word that the reader is typing; a finished quote is not completed any more.
  const typed = touches && (last.kind === 'name' || last.kind === 'word' || isOpenQuote(last)) ? last : undefined
  const before = typed ? tokens.slice(0, -1) : tokens
  const from = typed?.from ?? caret
  // A number, an operator or a bracket that touches the caret goes on first.
  if (touches && typed === undefined && last.kind !== 'other' && last.kind !== 'compare')
    return { from, to: caret, options: [] }
  const options = optionsAt(before, typed?.text ?? '', names).filter(({ insert }) => insert !== typed?.text)
  return { from, to: caret, options: options.slice(0, options_max) }
}

const isOpenQuote = ({ kind, text }: Token): boolean =>
  kind === 'quote' && (text.length === 1 || (text.match(new RegExp(text[0] ?? "'", 'g'))?.length ?? 0) % 2 === 1)

function optionsAt(before: readonly Token[], typed: string, names: WhereNames): WhereOption[] {
  const previous = before.at(-1)
  const isOperand = (each: Token | undefined) =>
    each !== undefined &&
    (['quote', 'number', 'name'].includes(each.kind) ||
      [')', ']'].includes(each.text) ||
      ['missing', 'true', 'false'].includes(each.text))
  if (previous?.text === 'is') return matching(typed, ['missing', 'not missing'], 'operator')
  if (isOperand(previous)) return operatorsAfter(before, typed)
  const values = valuesFor(before, names)
  if (values)
    return matching(typed.replace(/^['"]/, ''), values, 'value').map((each) => ({
      ...each,
      insert: quoted(each.insert),
    }))
  if (typed.startsWith("'") || typed.startsWith('"')) return []
  return namesFor(typed, names)
}

const quoted = (value: string) => `'${value.replaceAll("'", "''")}'`

/** The known values of the field that is compared: `state == …`, `state in (…, …`. */
function valuesFor(before: readonly Token[], { values }: WhereNames): readonly string[] | undefined {
  const previous = before.at(-1)
  const opens = before.findLastIndex(({ text }) => text === '(')
  const inList = (previous?.text === '(' || previous?.text === ',') && before[opens - 1]?.text === 'in'
  const name = inList
    ? before.slice(0, opens - 1).findLast(({ kind }) => kind === 'name')
    : previous?.kind === 'compare'
      ? before.at(-2)
      : undefined
  return name?.kind === 'name' ? values[name.text.replace(/^run\./, '')] : undefined
}

/** After a value: a comparison if there is none yet, otherwise another condition. */
function operatorsAfter(before: readonly Token[], typed: string): WhereOption[] {
  const start = before.findLastIndex(({ text }) => text === 'and' || text === 'or')
  const part = before.slice(start + 1)
  const between = part.findIndex(({ text }) => text === 'between')
  const isCompared = part.some(({ kind, text }) => kind === 'compare' || ['in', 'between', 'is'].includes(text))
  // `x between 1` still needs its `and`.
  if (between >= 0) return matching(typed, ['and'], 'operator')
  if (isCompared) return matching(typed, ['and', 'or'], 'operator')
  const all = ['<', '<=', '>', '>=', '==', '!=', '~', 'in (', 'between', 'is missing', 'is not missing']
  return matching(typed, all, 'operator')
}

const matching = (typed: string, all: readonly string[], of: WhereOption['of']): WhereOption[] => {
  const lower = typed.toLowerCase()
  return all.filter((each) => each.toLowerCase().startsWith(lower)).map((insert) => ({ insert, of }))
}

const prefixes: Record<string, string> = { metric: 'metrics', parameter: 'params', tag: 'tags' }

/** Names that begin with the typed word first, then those that contain it; the names of most runs first. */
function namesFor(typed: string, { columns, fields }: WhereNames): WhereOption[] {
  const wanted = typed.replaceAll('`', '').toLowerCase()
  const rank = (names: string[]) =>
    Math.min(
      ...names.map((name) => {
        const lower = name.replaceAll('`', '').toLowerCase()
        return lower === wanted ? 0 : lower.startsWith(wanted) ? 1 : wanted !== '' && lower.includes(wanted) ? 2 : 3
      }),
    )
  const offered = [
    ...columns.map((column) => ({
      option: { insert: column.expression, of: column.of, column } as WhereOption,
      rank: rank([column.name, column.expression, `${prefixes[column.of] ?? 'params'}.${column.name}`]),
      runs: column.runs,
    })),
    ...fields.map(({ name }) => ({
      option: { insert: name, of: 'field' } as WhereOption,
      rank: rank([name, `run.${name}`]),
      runs: -1,
    })),
  ]
  const found = offered.filter((each) => each.rank < 3)
  const word = wanted !== '' && 'not'.startsWith(wanted) ? matching(typed, ['not'], 'operator') : []
  return [...found.sort((a, b) => a.rank - b.rank || b.runs - a.runs).map(({ option }) => option), ...word]
}
