// Whether the server can be reached: what the live status and the quiet line on top show.
import { useSyncExternalStore } from 'react'

export type Connection = 'connecting' | 'connected' | 'lost'

let connection: Connection = 'connecting'
const listeners = new Set<() => void>()

export function setConnection(next: Connection) {
  if (next === connection) return
  connection = next
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void) {
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
  }
}

export const useConnection = (): Connection => useSyncExternalStore(subscribe, () => connection)
