// Splits a formula into plain and raised parts: `a^1.5`, `yr/AU^(3/2)`. Names in backticks stay as they are.

export interface Piece {
  text: string
  raised: boolean
}

/** A name in backticks; a backtick in it stands twice. */
const quotedName = /`(?:[^`]|``)*`/y

export function formulaPieces(formula: string): Piece[] {
  const pieces: Piece[] = []
  let line = ''
  let at = 0
  const endLine = () => {
    if (line !== '') pieces.push({ text: typeset(line), raised: false })
    line = ''
  }
  while (at < formula.length) {
    const name = nameAt(formula, at)
    if (name !== '') {
      endLine()
      pieces.push({ text: name, raised: false })
      at += name.length
      continue
    }
    const raised = formula[at] === '^' ? exponentAt(formula, at + 1) : undefined
    if (raised === undefined) {
      line += formula[at]
      at += 1
      continue
    }
    endLine()
    pieces.push({ text: typeset(raised.text), raised: true })
    at = raised.end
  }
  endLine()
  return pieces
}

function nameAt(formula: string, at: number): string {
  quotedName.lastIndex = at
  return quotedName.exec(formula)?.[0] ?? ''
}

/** The text after a `^`: a number, a name, or the content of brackets. */
function exponentAt(formula: string, from: number): { text: string; end: number } | undefined {
  if (formula[from] === '(') {
    let depth = 0
    for (let at = from; at < formula.length; at += 1) {
      if (formula[at] === '(') depth += 1
      if (formula[at] === ')') depth -= 1
      if (depth === 0) return { text: formula.slice(from + 1, at), end: at + 1 }
    }
    return undefined
  }
  const plain = /^[-−+]?(\d+\.?\d*(e[-+]?\d+)?|[\p{L}_][\p{L}\p{N}_]*)/u.exec(formula.slice(from))
  return plain ? { text: plain[0], end: from + plain[0].length } : undefined
}

const typeset = (text: string): string => text.replaceAll('*', '·').replace(/(^|[\s(])-(?=[\d\p{L}(])/gu, '$1−')
