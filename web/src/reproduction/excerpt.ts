// The differing parts of two files, with the lines of a text or JSON document, or the rows of a table, around them.
// Both sides have the same excerpts, so that they can be shown side by side.
import type { Place } from './comparison'

/** A piece of a line; `marked` if the other side differs. */
export interface Piece {
  text: string
  marked: boolean
}

export interface Line {
  /** The number of the line, from 1. */
  number: number
  pieces: Piece[]
}

/** The number of lines shown around a place. */
const around = 2

/** The numbers near those in `centres`, ascending, from 1 to `last`. */
export function near(centres: number[], last: number, distance = around): number[] {
  const found = new Set<number>()
  for (const centre of centres)
    for (let at = Math.max(1, centre - distance); at <= Math.min(last, centre + distance); at++) found.add(at)
  return [...found].sort((left, right) => left - right)
}

/** The lines around the words that differ; a whole line is marked where no word is named. */
export function textExcerpt(text: string, places: Place[]): Line[] {
  const lines = text.split(/\r?\n/)
  const words = new Map<number, Set<number>>()
  for (const { spot } of places) {
    if (spot.line === undefined) continue
    const found = words.get(spot.line) ?? new Set()
    words.set(spot.line, found.add(spot.word ?? 0))
  }
  return near([...words.keys()], lines.length).map((number) => ({
    number,
    pieces: marked(lines[number - 1] ?? '', words.get(number)),
  }))
}

function marked(line: string, words: Set<number> | undefined): Piece[] {
  if (words === undefined) return [{ text: line, marked: false }]
  if (words.has(0)) return [{ text: line, marked: true }]
  let word = 0
  return (line.match(/\s+|\S+/g) ?? []).map((text) => {
    const isWord = /\S/.test(text)
    if (isWord) word++
    return { text, marked: isWord && words.has(word) }
  })
}

/**
 * A JSON document, formatted on several lines, and the lines around the differing values; undefined when it cannot be
 * read.
 */
export function jsonExcerpt(text: string, places: Place[]): Line[] | undefined {
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch {
    return undefined
  }
  const pointers = new Set(places.flatMap(({ spot }) => (spot.pointer === undefined ? [] : [spot.pointer])))
  const lines: Piece[] = []
  write(document, '', '', 0, '', pointers, false, lines)
  const centres = lines.flatMap((line, at) => (line.marked ? [at + 1] : []))
  return near(centres, lines.length).map((number) => {
    const line = lines[number - 1]
    return { number, pieces: line ? afterIndent(line) : [] }
  })
}

/** The indentation of a line is not marked. */
function afterIndent({ text, marked }: Piece): Piece[] {
  const from = text.search(/\S/)
  if (!marked || from <= 0) return [{ text, marked }]
  return [
    { text: text.slice(0, from), marked: false },
    { text: text.slice(from), marked },
  ]
}

const indent = '  '
const escaped = (key: string) => key.replaceAll('~', '~0').replaceAll('/', '~1')

function write(
  value: unknown,
  pointer: string,
  name: string,
  depth: number,
  end: string,
  pointers: Set<string>,
  within: boolean,
  lines: Piece[],
) {
  const isMarked = within || pointers.has(pointer)
  const put = (text: string) => lines.push({ text: indent.repeat(depth) + text, marked: isMarked })
  if (typeof value !== 'object' || value === null || Object.keys(value).length === 0) {
    put(`${name}${JSON.stringify(value)}${end}`)
    return
  }
  const isList = Array.isArray(value)
  put(`${name}${isList ? '[' : '{'}`)
  const entries = Object.entries(value)
  entries.forEach(([key, inner], at) => {
    const comma = at < entries.length - 1 ? ',' : ''
    const label = isList ? '' : `${JSON.stringify(key)}: `
    write(inner, `${pointer}/${escaped(key)}`, label, depth + 1, comma, pointers, isMarked, lines)
  })
  put(`${isList ? ']' : '}'}${end}`)
}

export interface TableExcerpt {
  head: string[]
  rows: { number: number; cells: Piece[] }[]
  /** Columns that only one side has, or that have different types. */
  columns: Set<string>
}

/** The rows around the cells that differ. The header is the first of `rows`. */
export function tableExcerpt(rows: string[][], places: Place[]): TableExcerpt {
  const [head = [], ...body] = rows
  const cells = new Set<string>()
  const centres: number[] = []
  const columns = new Set<string>()
  for (const { spot } of places) {
    if (spot.is === 'column' && spot.column !== undefined) columns.add(spot.column)
    if (spot.row === undefined) continue
    centres.push(spot.row)
    cells.add(`${spot.row} ${spot.column}`)
  }
  // If only columns or the number of rows differ, the first rows are shown.
  const shown = near(centres.length > 0 ? centres : [1], body.length, centres.length > 0 ? 1 : 4)
  return {
    head,
    columns,
    rows: shown.map((number) => ({
      number,
      cells: head.map((name, at) => ({
        text: body[number - 1]?.[at] ?? '',
        marked: cells.has(`${number} ${name}`) || columns.has(name),
      })),
    })),
  }
}
