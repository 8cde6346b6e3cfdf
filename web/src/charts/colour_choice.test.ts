import { beforeEach, expect, test, vi } from 'vitest'

beforeEach(() => {
  localStorage.clear()
  vi.resetModules()
})

test('chosen colours and named views are read again when the page is loaded again', async () => {
  const colours = await import('./colour_choice')
  const views = await import('../runs/saved_views')
  colours.chooseColour('01ABC', 5)
  views.saveView('mine', { where: 'loss < 1' })
  vi.resetModules()
  const { renderHook } = await import('@testing-library/react')
  const again = await import('./colour_choice')
  const viewsAgain = await import('../runs/saved_views')
  expect(renderHook(() => again.useRunToken()).result.current('01ABC')).toBe('--series-5')
  expect(renderHook(() => viewsAgain.useSavedViews()).result.current).toEqual([
    { name: 'mine', search: { where: 'loss < 1' } },
  ])
})
