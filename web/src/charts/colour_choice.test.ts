import { beforeEach, expect, test, vi } from 'vitest'
import { withColour } from './address_colours'
import { coloursIn, coloursText } from './colour_choice'

beforeEach(() => {
  localStorage.clear()
  vi.resetModules()
})

test('chosen colours are read again when the page is loaded again, and those of the address have priority', async () => {
  const colours = await import('./colour_choice')
  colours.chooseColour('01ABC', 5)
  vi.resetModules()
  const { renderHook, act } = await import('@testing-library/react')
  const again = await import('./colour_choice')
  const token = renderHook(() => again.useRunToken()).result
  expect(token.current('01ABC')).toBe('--series-5')
  act(() => again.showColours({ '01ABC': 2 }))
  expect(token.current('01ABC')).toBe('--series-2')
  act(() => again.showColours({}))
  expect(token.current('01ABC')).toBe('--series-5')
})

test('an address names colours by the handles of runs', () => {
  expect([...coloursIn('7Q2M.3,8R3N.1')]).toEqual([
    ['7Q2M', 3],
    ['8R3N', 1],
  ])
  expect([...coloursIn('7Q2M.9,8R3N,.2,X.1.5')]).toEqual([['X', 1]])
  expect(coloursText(new Map())).toBeUndefined()
  expect(withColour('7Q2M.3', '8R3N', 1)).toBe('7Q2M.3,8R3N.1')
  expect(withColour('7Q2M.3,8R3N.1', '7Q2M', undefined)).toBe('8R3N.1')
  expect(withColour('7Q2M.3', '7Q2M', undefined)).toBeUndefined()
})
