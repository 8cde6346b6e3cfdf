// Views of the list that a reader named: the search parameters of the address. They are kept in this browser.
import { useSyncExternalStore } from 'react'
import { type RunsSearch, readRunsSearch } from './runs_search'

const key = 'hven.runs.views'
export const views_max = 100
export const nameCharacters_max = 60

export interface SavedView {
  name: string
  search: RunsSearch
}

let views: readonly SavedView[] = readViews(localStorage.getItem(key))
const listeners = new Set<() => void>()

/** The views of a stored text; what is damaged is left out. */
export function readViews(stored: string | null): SavedView[] {
  try {
    const found: unknown = JSON.parse(stored ?? '[]')
    if (!Array.isArray(found)) return []
    return found.flatMap((view) =>
      typeof view?.name === 'string' && typeof view?.search === 'object' && view.search !== null
        ? [{ name: view.name, search: cleaned(readRunsSearch(view.search)) }]
        : [],
    )
  } catch {
    return []
  }
}

/** A function that exists before the stored views are read above. */
function cleaned(search: RunsSearch): RunsSearch {
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined))
}

function setViews(next: readonly SavedView[]) {
  views = next
  localStorage.setItem(key, JSON.stringify(next))
  for (const listener of listeners) listener()
}

/** Keeps the view under a name; an earlier one of this name is replaced. */
export const saveView = (name: string, search: RunsSearch) =>
  setViews([...views.filter((view) => view.name !== name), { name, search: cleaned(search) }].slice(-views_max))

export const removeView = (name: string) => setViews(views.filter((view) => view.name !== name))

function subscribe(listener: () => void) {
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
  }
}

export const useSavedViews = (): readonly SavedView[] => useSyncExternalStore(subscribe, () => views)
