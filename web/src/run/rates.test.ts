import { expect, test } from 'vitest'
import { ratesOf } from './rates'

test('rates are differences over time and never negative', () => {
  expect(ratesOf([1, 2, 4, 5], [10, 30, 30, 20])).toEqual([10, 20, 0, 0])
  expect(ratesOf([0], [5])).toEqual([0])
  expect(ratesOf([], [])).toEqual([])
})
