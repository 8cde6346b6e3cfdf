import { expect, test } from 'vitest'
import { smoothed } from './smoothing'

test('the average has no bias towards zero at its start', () => {
  expect(smoothed([3, 3, 3], 0.9).map((value) => Number(value.toFixed(9)))).toEqual([3, 3, 3])
  expect(smoothed([5, 1], 0.5)[0]).toBe(5)
  // (0.25 · 1 + 0.5 · 4) / (1 − 0.25)
  expect(smoothed([1, 4], 0.5)[1]).toBeCloseTo(3, 12)
})

test('values that are not finite stay, and change no average', () => {
  expect(smoothed([2, Number.NaN, 2], 0.6)[1]).toBeNaN()
  expect(smoothed([2, Number.NaN, 2], 0.6)[2]).toBeCloseTo(2, 12)
})

test('without a weight the values stay as they are', () => {
  expect(smoothed([1, 2], 0)).toEqual([1, 2])
})
