// Opens a view of which the address has only the name.
import { useEffect } from 'react'
import { type SavedView, useView } from '../api/saved_views'
import { stateOf, type ViewSearch } from './view_state'

/** Calls `onOpen` with the view, if the address names one and holds nothing else. */
export function useOpenView(search: ViewSearch, onOpen: (view: SavedView) => void) {
  const isNameOnly = search.view !== undefined && Object.keys(stateOf(search)).length === 0
  const found = useView(isNameOnly ? search.view : undefined).data
  const view = found !== undefined && Object.keys(found.state).length > 0 ? found : undefined
  // biome-ignore lint/correctness/useExhaustiveDependencies: the view is opened once, whichever function opens it
  useEffect(() => {
    if (view !== undefined && isNameOnly) onOpen(view)
  }, [view, isNameOnly])
}
