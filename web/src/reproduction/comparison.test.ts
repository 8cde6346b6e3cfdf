import { expect, test } from 'vitest'
import { filesOf, levelOf, placesOf, reproductionName } from './comparison'

const file = (path: string, is: string) => ({ path, compared_as: 'text', likeness: { is } })

test('the worst file comes first, equally good files in their order', () => {
  const files = [file('a', 'same_bytes'), file('b', 'differs'), file('c', 'same_within'), file('d', 'differs')]
  expect(filesOf({ files })?.map(({ path }) => path)).toEqual(['b', 'd', 'c', 'a'])
})

test('an erased comparison has no files, and an unknown word counts as different', () => {
  expect(filesOf(null)).toBeUndefined()
  expect(levelOf('almost')).toBe('differs')
})

test('a difference within the tolerance is reported by its largest place', () => {
  const largest = { spot: { is: 'pointer', pointer: '/a' }, before: '1', after: '1.0000001' }
  expect(placesOf({ is: 'same_within', largest })).toEqual([largest])
  expect(placesOf({ is: 'same_within', largest: null })).toEqual([])
  expect(placesOf({ is: 'same_bytes' })).toEqual([])
})

test('a reproduction is named by its run, otherwise by its time', () => {
  expect(reproductionName({ again: { id: '1', handle: 'YV2T' }, judged: 'then' })).toBe('YV2T')
  expect(reproductionName({ again: null, judged: 'then' })).toBe('then')
})
