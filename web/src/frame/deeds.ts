// What can be done on the page that is open: pages say it, the palette offers it.
import { useEffect, useRef, useSyncExternalStore } from 'react'
import type { IconName } from '../parts/Icon'

export interface Deed {
  id: string
  label: string
  icon: IconName
}

interface Offered extends Deed {
  act: () => void
}

let offered: Offered[] = []
const listeners = new Set<() => void>()

function offer(next: Offered[]) {
  offered = next
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void) {
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
  }
}

/** Offers a deed while the component is there; nothing while `deed` is undefined. */
export function useDeed(deed: Deed | undefined, act: () => void) {
  const newest = useRef(act)
  newest.current = act
  const { id, label, icon } = deed ?? {}
  useEffect(() => {
    if (id === undefined || label === undefined || icon === undefined) return
    const one: Offered = { id, label, icon, act: () => newest.current() }
    offer([...offered, one])
    return () => offer(offered.filter((other) => other !== one))
  }, [id, label, icon])
}

export const useDeeds = (): Offered[] => useSyncExternalStore(subscribe, () => offered)
