import { expect, test } from 'vitest'
import { markSpans } from './mark_spans'

test('a match within a span is split off', () => {
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

test('without a match no text is lost and no text is marked', () => {
  const spans = [{ text: 'abc' }]
  expect(markSpans(spans, 'x')).toBe(spans)
  expect(markSpans(spans, '')).toBe(spans)
})
