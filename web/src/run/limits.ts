// The limits of a run in words: "2 h · 8 GB memory".
import type { Limits } from '../api/types'
import type { Format } from '../format/format'
import type { Text } from '../messages/catalogue'

export function describeLimits(limits: Limits, text: Text, format: Format): string | undefined {
  const parts: string[] = []
  if (limits.wall_s) parts.push(format.duration(limits.wall_s))
  if (limits.memory_bytes) parts.push(text('run.limit.memory', { size: format.bytes(limits.memory_bytes) }))
  if (limits.output_bytes) parts.push(text('run.limit.output', { size: format.bytes(limits.output_bytes) }))
  return parts.length === 0 ? undefined : parts.join(' · ')
}
