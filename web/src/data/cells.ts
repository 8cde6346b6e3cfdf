// Cells and columns of the importer's documents: their text, and the width of a column.

export type Cell = null | boolean | number | string

export interface Column {
  name: string
  type: string
  unit?: string | null
  nullable?: boolean
  description?: string | null
}

const numberTypes = /^(int|float|decimal)/

export const isNumeric = (column: Column): boolean => numberTypes.test(column.type)

/** The name with its unit, as the header of a column shows it. */
export const heading = ({ name, unit }: Column): string => (unit ? `${name} (${unit})` : name)

/** All digits, as they were imported. */
export const cellText = (cell: Cell | undefined): string => (cell == null ? '' : String(cell))

const character_px = 7.4
const padding_px = 22
const width_min_px = 56
const width_max_px = 320
const measured_rows = 50

/** The width of a column: enough for its header and its first cells, within limits. */
export function columnWidth_px(column: Column, cells: (Cell | undefined)[]): number {
  const texts = [heading(column), ...cells.slice(0, measured_rows).map(cellText)]
  const longest = texts.reduce((most, text) => Math.max(most, width(text)), 0)
  return Math.round(Math.min(width_max_px, Math.max(width_min_px, longest * character_px + padding_px)))
}

/** Chinese and similar characters are two columns wide. */
function width(text: string): number {
  let sum = 0
  for (const character of text) sum += (character.codePointAt(0) ?? 0) > 0x2e80 ? 2 : 1
  return sum
}
