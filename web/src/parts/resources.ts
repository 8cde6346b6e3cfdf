// Amounts of resources in words: "4 cores · 16 GB · 2 gpu".
import type { Resources, ResourceUnit } from '../api/types'
import type { Format } from '../format/format'
import type { Text } from '../messages/catalogue'

export function describeResources(resources: Resources, text: Text, format: Format): string {
  const parts: string[] = []
  if (resources.cpus) parts.push(text('run.cores', { count: resources.cpus }))
  if (resources.memory_bytes) parts.push(format.bytes(resources.memory_bytes))
  for (const [name, amount] of Object.entries(resources.named ?? {})) parts.push(`${format.count(amount)} ${name}`)
  return parts.length === 0 ? text('word.none') : parts.join(' · ')
}

// The units of a resource: "0 (NVIDIA H200), 1 (NVIDIA H200)".
export function describeUnits(units: ResourceUnit[]): string {
  return units.map((unit) => (unit.model ? `${unit.name} (${unit.model})` : unit.name)).join(', ')
}

// The units that an attempt has: "gpu 0, 1; spectrometer b".
export function describeReserved(units: Record<string, string[]>): string {
  return Object.entries(units)
    .map(([resource, names]) => `${resource} ${names.join(', ')}`)
    .join('; ')
}
