import { expect, test } from 'vitest'
import { readArrayListSearch, readArraySearch } from './array_search'
import { shapeOf, totalOf, worstOf } from './states'

const none = { queued: 0, waiting: 0, running: 0, done: 0, failed: 0, cancelled: 0 }

test('a cell has the worst state of its tasks', () => {
  expect(worstOf({ ...none, done: 9, failed: 1, running: 3 })).toBe('failed')
  expect(worstOf({ ...none, done: 9, running: 1, waiting: 4 })).toBe('running')
  expect(worstOf({ ...none, done: 9, queued: 1, cancelled: 1 })).toBe('queued')
  expect(worstOf({ ...none, done: 9, cancelled: 1 })).toBe('cancelled')
  expect(worstOf({ ...none, done: 9 })).toBe('done')
  expect(totalOf({ ...none, done: 9, failed: 1 })).toBe(10)
})

test('a state of a later server has the shape of an unknown state', () => {
  expect(shapeOf('incomplete')).toBe('failed')
  expect(shapeOf('paused')).toBe('lost')
})

test('the address has only what the pages know', () => {
  expect(readArraySearch({ state: 'failed', from: 17, metric: 3, over: 'i' })).toEqual({
    state: 'failed',
    from: 17,
    metric: '3',
    over: 'i',
    colour: undefined,
  })
  const nothing = { state: undefined, from: undefined, metric: undefined, over: undefined, colour: undefined }
  for (const from of [0, 1, -3, 1.5, 'x', 1e300]) expect(readArraySearch({ state: 'odd', from })).toEqual(nothing)
  expect(readArrayListSearch({ q: 12, state: 'ended' })).toEqual({ q: '12', state: undefined })
  expect(readArrayListSearch({ state: 'running' })).toEqual({ q: undefined, state: 'running' })
})
