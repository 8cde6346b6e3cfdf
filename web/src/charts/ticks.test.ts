import { expect, test } from 'vitest'
import { linearTicks, logTicks } from './ticks'

test('linear ticks stand on round numbers within the range', () => {
  expect(linearTicks(0, 10)).toEqual([0, 2, 4, 6, 8, 10])
  expect(linearTicks(-0.13, 0.41)).toEqual([0, 0.2, 0.4])
  expect(linearTicks(3, 3)).toEqual([3])
})

test('log ticks are decades, with more between them when there are few', () => {
  expect(logTicks(0.5, 2000)).toEqual([1, 10, 100, 1000])
  expect(logTicks(1.5, 30)).toEqual([2, 5, 10, 20])
})
