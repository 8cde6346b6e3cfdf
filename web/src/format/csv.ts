// Comma-separated values: written for exports, read for previews (RFC 4180, also with tabs).

export function toCsv(rows: (string | number)[][]): string {
  return rows
    .map((row) => row.map(csvCell).join(','))
    .join('\r\n')
    .concat('\r\n')
}

function csvCell(value: string | number): string {
  const cell = String(value)
  // Spreadsheets read a leading = + - @ as a formula. Numbers are kept.
  const safe = typeof value === 'string' && /^[=+\-@\t\r]/.test(cell) && Number.isNaN(Number(cell)) ? `'${cell}` : cell
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

export function parseSeparated(text: string, separator: ',' | '\t' | ';'): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  let at = 0
  while (at < text.length) {
    const [cell, next] = text[at] === '"' ? quotedCell(text, at) : plainCell(text, at, separator)
    row.push(cell)
    at = next
    if (text[at] === separator) {
      at += 1
      if (at === text.length) row.push('')
      continue
    }
    if (text[at] === '\r') at += 1
    if (text[at] === '\n') at += 1
    rows.push(row)
    row = []
  }
  if (row.length > 0) rows.push(row)
  return rows
}

function plainCell(text: string, from: number, separator: string): [string, number] {
  let at = from
  while (at < text.length && text[at] !== separator && text[at] !== '\n' && text[at] !== '\r') at += 1
  return [text.slice(from, at), at]
}

function quotedCell(text: string, from: number): [string, number] {
  let cell = ''
  let at = from + 1
  while (at < text.length) {
    if (text[at] !== '"') {
      const end = text.indexOf('"', at)
      const stop = end < 0 ? text.length : end
      cell += text.slice(at, stop)
      at = stop
    } else if (text[at + 1] === '"') {
      cell += '"'
      at += 2
    } else {
      return [cell, at + 1]
    }
  }
  return [cell, at]
}
