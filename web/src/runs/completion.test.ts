import { expect, test } from 'vitest'
import { completionAt, readFilter } from './completion'

const words = (filter: string) =>
  completionAt(filter, filter.length, { projects: ['astro/kepler', 'home'], tags: ['good', 'Paper-2'] }).words

test.each([
  ['', []],
  ['train ', []],
  ['fai', ['state:failed']],
  ['state:d', ['state:done']],
  ['train state:ca', ['state:cancelled']],
  ['project:', ['project:astro/kepler', 'project:home']],
  ['astro', ['project:astro/kepler']],
  ['state:done', []],
  ['tag:', ['tag:good', 'tag:Paper-2']],
  ['pap', ['tag:Paper-2']],
])('%j is completed by %j', (filter, expected) => {
  expect(words(filter)).toEqual(expected)
})

test('only the word at the caret is replaced', () => {
  expect(completionAt('fai train', 3, { projects: [], tags: [] })).toMatchObject({ from: 0, to: 3 })
})

test.each([
  ['train  lr', { q: 'train lr' }],
  ['state:failed train project:astro/kepler', { q: 'train', state: 'failed', project: 'astro/kepler' }],
  ['state:done,failed', { q: '', state: 'done,failed' }],
  ['state:sleeping', { q: 'state:sleeping' }],
  ['tag:good,paper-2 train tag:x', { q: 'train', tags: ['good', 'paper-2', 'x'] }],
  ['  ', { q: '' }],
])('%j is read as %j', (typed, expected) => {
  expect(readFilter(typed)).toEqual(expected)
})
