// The server's answer to an expression that it cannot read: its lines with a caret, and the name that was meant.

export interface WhereFix {
  /** The expression with the name that was meant. */
  where: string
  name: string
}

/** The expression after the advice of the message, such as "is `loss` meant?"; undefined if there is none. */
export function fixOf(message: string, where: string): WhereFix | undefined {
  const name = /\bis `((?:[^`]|``)+)` meant/.exec(message)?.[1]
  const lines = message.split('\n')
  const carets = lines.findIndex((line) => /^\s*\^+\s*$/.test(line))
  const source = lines[carets - 1]
  const marked = lines[carets]
  if (name === undefined || source === undefined || marked === undefined) return undefined
  const from = marked.indexOf('^')
  const wrong = source.slice(from, from + marked.trim().length)
  const indent = source.length - source.trimStart().length
  const at = where.trimStart().startsWith(source.trim())
    ? where.indexOf(source.trim()) + from - indent
    : where.indexOf(wrong)
  if (wrong === '' || where.slice(at, at + wrong.length) !== wrong) return undefined
  return { name, where: where.slice(0, at) + name + where.slice(at + wrong.length) }
}
