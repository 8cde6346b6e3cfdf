import { expect, test } from 'vitest'
import { readRunSearch } from './run_search'

test('the address of a run names the match of a search in all logs', () => {
  expect(readRunSearch({ find: 404, attempt: 2, at: 1234, regex: true })).toMatchObject({
    find: '404',
    attempt: 2,
    at: 1234,
    regex: true,
  })
  expect(readRunSearch({ find: '', attempt: -1, at: 'x', regex: 'yes' })).toEqual({})
})
