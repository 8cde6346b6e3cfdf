// Whether the server can be reached, for the live status and the line at the top.
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
