import { expect, test } from 'vitest'
import { markSpans } from './mark_spans'

test('a match within a span is cut out', () => {
  expect(markSpans([{ text: 'an Error here' }], 'error')).toEqual([
    { text: 'an ' },
    { text: 'Error', marked: true },
    { text: ' here' },
  ])
})

test('a match across spans keeps their styles', () => {
  expect(markSpans([{ text: 'ab', colour: 1 }, { text: 'cd' }], 'bc')).toEqual([
    { text: 'a', colour: 1 },
    { text: 'b', colour: 1, marked: true },
    { text: 'c', marked: true },
    { text: 'd' },
  ])
})

test('nothing is lost and nothing is marked without a match', () => {
  const spans = [{ text: 'abc' }]
  expect(markSpans(spans, 'x')).toBe(spans)
  expect(markSpans(spans, '')).toBe(spans)
})
