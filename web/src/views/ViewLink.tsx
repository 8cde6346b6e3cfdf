// A link to the page of a saved view, in the state that it holds.
import { Link } from '@tanstack/react-router'
import type { SavedView } from '../api/saved_views'
import { readCompareSearch } from '../compare/compare_search'
import { readRunsSearch } from '../runs/runs_search'

interface ViewLinkProps {
  view: SavedView
  onClick?: () => void
}

export function ViewLink({ view, onClick }: ViewLinkProps) {
  return view.page === 'compare' ? (
    <Link to="/compare" search={{ ...readCompareSearch(view.state), view: view.id }} onClick={onClick}>
      {view.name}
    </Link>
  ) : (
    <Link to="/runs" search={{ ...readRunsSearch(view.state), view: view.id }} onClick={onClick}>
      {view.name}
    </Link>
  )
}
