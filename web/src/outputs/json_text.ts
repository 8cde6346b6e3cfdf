// A JSON document for readers: indented, with its numbers and texts exactly as they were written.

const indented_max = 2_000_000
const token = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g

/** The document with indented lines; undefined if it is not JSON, or too large to indent. */
export function indentedJson(content: string): string | undefined {
  if (content.length > indented_max || !isJson(content)) return undefined
  let depth = 0
  let before = ''
  const parts: string[] = []
  const line = () => `\n${'  '.repeat(depth)}`
  for (const [each] of content.matchAll(token)) {
    const closes = each === '}' || each === ']'
    if (closes) depth -= 1
    const isEmpty = closes && (before === '{' || before === '[')
    if (before === ',' || before === '{' || before === '[' || closes)
      parts.push(isEmpty ? '' : parts.length > 0 ? line() : '')
    parts.push(each === ':' ? ': ' : each)
    if (each === '{' || each === '[') depth += 1
    before = each
  }
  return parts.join('')
}

const isJson = (content: string): boolean => parsed(content) !== undefined

function parsed(content: string): unknown {
  try {
    return JSON.parse(content)
  } catch {
    return undefined
  }
}

/** The document as an object; undefined if it is something else. */
export function jsonObject(content: string): Record<string, unknown> | undefined {
  const value = parsed(content)
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isObject ? (value as Record<string, unknown>) : undefined
}
