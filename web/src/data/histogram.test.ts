import { expect, test } from 'vitest'
import { binLabel, edgeText, shareOf } from './histogram'

test('edges are numbers, days or moments', () => {
  const check = (type: string, edge: number, expected: string) => expect(edgeText(type, edge, String)).toBe(expected)
  check('float64', 1.5, '1.5')
  check('date', -25567, '1900-01-01')
  check('timestamp_utc', 1_700_000_000, '2023-11-14 22:13')
  check('timestamp', 1e300, '1e+300')
  expect(binLabel([0, 1, 2], 1, String)).toBe('1 – 2')
  expect(binLabel([3], 0, String)).toBe('3 – 3')
})

test('a share is distinguished from 0 % and from 100 %', () => {
  const check = (part: number, all: number, expected: string) => expect(shareOf(part, all)).toBe(expected)
  check(0, 10, '0 %')
  check(0, 0, '0 %')
  check(1, 100_000, '< 0.1 %')
  check(99_999, 100_000, '> 99.9 %')
  check(1, 8, '13 %')
  check(1, 30, '3.3 %')
  check(1, 50, '2 %')
  check(8, 8, '100 %')
})
