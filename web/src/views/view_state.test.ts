import { expect, test } from 'vitest'
import type { SavedView } from '../api/saved_views'
import { showsView, stateOf } from './view_state'

const view = (state: Record<string, unknown>): SavedView => ({
  id: 'home:best',
  project: 'home',
  name: 'best',
  page: 'runs',
  state,
  saved: '2026-05-01T00:00:00Z',
  saved_by: { id: 'me', kind: 'user', name: 'Tycho' },
})

test('a state has what is set, without the name of the view', () => {
  expect(stateOf({ where: 'loss < 1', q: undefined, view: 'home:best' })).toEqual({ where: 'loss < 1' })
})

test('a page shows a view if all parameters are equal, in any order', () => {
  const saved = view({ where: 'loss < 1', hide: ['A', 'B'], logx: true })
  expect(showsView(saved, { logx: true, hide: ['A', 'B'], where: 'loss < 1', view: 'home:best' })).toBe(true)
  expect(showsView(saved, { logx: true, hide: ['B', 'A'], where: 'loss < 1' })).toBe(false)
  expect(showsView(saved, { where: 'loss < 1', hide: ['A', 'B'] })).toBe(false)
})
