// Views that earlier versions kept in this browser alone. They are offered once, to be saved for all.
import { useSyncExternalStore } from 'react'
import { type RunsSearch, readRunsSearch } from './runs_search'

const key = 'hven.runs.views'

export interface BrowserView {
  name: string
  search: RunsSearch
}

let views: readonly BrowserView[] = readViews(localStorage.getItem(key))
const listeners = new Set<() => void>()

/** The views of a stored text; what is damaged is left out. */
export function readViews(stored: string | null): BrowserView[] {
  try {
    const found: unknown = JSON.parse(stored ?? '[]')
    if (!Array.isArray(found)) return []
    return found.flatMap((view) =>
      typeof view?.name === 'string' && typeof view?.search === 'object' && view.search !== null
        ? [{ name: view.name, search: readRunsSearch(view.search) }]
        : [],
    )
  } catch {
    return []
  }
}

/** Keeps only these views in this browser. */
export function keepInBrowser(next: readonly BrowserView[]) {
  views = next
  if (next.length === 0) localStorage.removeItem(key)
  else localStorage.setItem(key, JSON.stringify(next))
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void) {
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
  }
}

export const useBrowserViews = (): readonly BrowserView[] => useSyncExternalStore(subscribe, () => views)
