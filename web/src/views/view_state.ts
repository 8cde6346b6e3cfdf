// The state of a page as a saved view holds it: the parameters of its address.
import type { SavedView } from '../api/saved_views'
import type { CompareSearch } from '../compare/compare_search'
import type { RunsSearch } from '../runs/runs_search'

/** The parameters of a page that has views. */
export type ViewSearch = RunsSearch | CompareSearch

/** The state without the parameters that are not set, and without the view that is open. */
export function stateOf(search: ViewSearch): Record<string, unknown> {
  const entries = Object.entries(search).filter(([name, value]) => name !== 'view' && value !== undefined)
  return Object.fromEntries(entries)
}

/** Whether the page shows the view as it was saved. */
export function showsView(view: SavedView, search: ViewSearch): boolean {
  return canonical(view.state) === canonical(stateOf(search))
}

const canonical = (state: Record<string, unknown>): string =>
  JSON.stringify(Object.entries(state).sort(([one], [other]) => (one < other ? -1 : 1)))
