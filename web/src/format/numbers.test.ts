import { expect, test } from 'vitest'
import { formatBytes, formatCount, formatValue, tickDigits, toNumber } from './numbers'

test.each([
  [0, '0'],
  [0.083, '0.083'],
  [1.499901234, '1.4999'],
  [1.499987, '1.49999'],
  [-3, '−3'],
  [2006, '2006'],
  [2006.5, '2006.5'],
  [-1999, '−1999'],
  [9999.9, '9999.9'],
  [10_000, '10,000'],
  [123456.789, '123,457'],
  [1.5e-7, '1.5e−7'],
  [-2.5e12, '−2.5e12'],
  [Number.NaN, 'NaN'],
  [Number.NEGATIVE_INFINITY, '−∞'],
])('the value %s is written %s', (value, written) => {
  expect(formatValue(value, 'en')).toBe(written)
})

test('four digits are not grouped, in either language', () => {
  for (const language of ['en', 'zh'] as const) {
    expect(formatValue(2006, language)).toBe('2006')
    expect([999, 2006, 9999, 10_000].map((count) => formatCount(count, language))).toEqual([
      '999',
      '2006',
      '9999',
      '10,000',
    ])
  }
})

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1 kB'],
  [3100, '3.1 kB'],
  [999_600, '1 MB'],
  [108_000_000, '108 MB'],
])('%s bytes are written %s', (bytes, written) => {
  expect(formatBytes(bytes, 'en')).toBe(written)
})

test('the words for non-finite numbers are read as numbers', () => {
  expect([toNumber('NaN'), toNumber('-Infinity'), toNumber(2)]).toEqual([Number.NaN, Number.NEGATIVE_INFINITY, 2])
})

test('ticks are written with as many digits as distinguish them', () => {
  const ticks = [1.4998, 1.49985, 1.4999]
  const written = ticks.map((tick) => formatValue(tick, 'en', tickDigits(ticks, 0.00005)))
  expect(written).toEqual(['1.4998', '1.49985', '1.4999'])
  expect(tickDigits([0, 0.5, 1], 0.5)).toBe(2)
  expect(tickDigits([0], 0)).toBe(4)
})
