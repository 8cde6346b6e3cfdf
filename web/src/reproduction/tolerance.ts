// A tolerance in words.
import { type Format, useFormat } from '../format/format'
import { type Text, useText } from '../messages/catalogue'
import type { Tolerance } from './comparison'

export function describeTolerance({ relative = 0, absolute = 0 }: Tolerance, text: Text, format: Format): string {
  const parts: string[] = []
  if (relative > 0) parts.push(text('tolerance.relative', { value: format.value(relative, 3) }))
  if (absolute > 0) parts.push(text('tolerance.absolute', { value: format.value(absolute, 3) }))
  return parts.length === 0 ? text('tolerance.exact') : parts.join(' + ')
}

export function useTolerance() {
  const text = useText()
  const format = useFormat()
  return (tolerance: Tolerance) => describeTolerance(tolerance, text, format)
}
