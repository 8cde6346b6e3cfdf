import { expect, test } from 'vitest'
import { completionAt, readFilter } from './completion'

const words = (filter: string) => completionAt(filter, filter.length, ['astro/kepler', 'home']).words

test.each([
  ['', []],
  ['train ', []],
  ['fai', ['state:failed']],
  ['state:d', ['state:done']],
  ['train state:ca', ['state:cancelled']],
  ['project:', ['project:astro/kepler', 'project:home']],
  ['astro', ['project:astro/kepler']],
  ['state:done', []],
])('%j is completed by %j', (filter, expected) => {
  expect(words(filter)).toEqual(expected)
})

test('only the word under the caret is replaced', () => {
  expect(completionAt('fai train', 3, [])).toMatchObject({ from: 0, to: 3 })
})

test.each([
  ['train  lr', { q: 'train lr' }],
  ['state:failed train project:astro/kepler', { q: 'train', state: 'failed', project: 'astro/kepler' }],
  ['state:done,failed', { q: '', state: 'done,failed' }],
  ['state:sleeping', { q: 'state:sleeping' }],
  ['  ', { q: '' }],
])('%j is read as %j', (typed, expected) => {
  expect(readFilter(typed)).toEqual(expected)
})
