// The actions of the open page: pages register them, and the palette offers them.
import { useEffect, useRef, useSyncExternalStore } from 'react'
import type { IconName } from '../parts/Icon'

export interface PageAction {
  id: string
  label: string
  icon: IconName
}

interface OfferedAction extends PageAction {
  act: () => void
}

let offered: OfferedAction[] = []
const listeners = new Set<() => void>()

function offer(next: OfferedAction[]) {
  offered = next
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void) {
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
  }
}

/** Registers an action while the component is mounted; none while `action` is undefined. */
export function usePageAction(action: PageAction | undefined, act: () => void) {
  const newest = useRef(act)
  newest.current = act
  const { id, label, icon } = action ?? {}
  useEffect(() => {
    if (id === undefined || label === undefined || icon === undefined) return
    const one: OfferedAction = { id, label, icon, act: () => newest.current() }
    offer([...offered, one])
    return () => offer(offered.filter((other) => other !== one))
  }, [id, label, icon])
}

export const usePageActions = (): OfferedAction[] => useSyncExternalStore(subscribe, () => offered)
