import { expect, test } from 'vitest'
import { hasRange, paddedLogRange, paddedRange, rangeAround, summarise, valueLabel } from './curve'

test('a summary leaves out values that are not finite, but counts them', () => {
  expect(summarise([3, Number.NaN, 1, Number.POSITIVE_INFINITY, 2])).toEqual({
    count: 5,
    notFinite: 2,
    last: 2,
    min: 1,
    max: 3,
  })
  expect(summarise([])).toEqual({ count: 0, notFinite: 0, last: undefined, min: undefined, max: undefined })
  expect(summarise([Number.NaN]).min).toBeUndefined()
})

test('a single or constant value has no range', () => {
  expect(hasRange(summarise([1]))).toBe(false)
  expect(hasRange(summarise([1, 1, 1]))).toBe(false)
  expect(hasRange(summarise([]))).toBe(false)
  expect(hasRange(summarise([Number.NaN, Number.NaN]))).toBe(false)
  expect(hasRange(summarise([1, 2]))).toBe(true)
})

test('the axis of the values shows name and unit', () => {
  expect(valueLabel({ name: 'loss', across: 'step', x: [], y: [] })).toBe('loss')
  expect(valueLabel({ name: 'energy', unit: 'eV', across: 'step', x: [], y: [] })).toBe('energy (eV)')
  const long = valueLabel({ name: 'validation/accuracy/of/every/class', unit: '%', across: 'step', x: [], y: [] })
  expect(long).toBe('validation/accuracy/of/… (%)')
})

test('a single value gets room on both sides', () => {
  expect(paddedRange(2, 2)).toEqual([1.8, 2.2])
  expect(paddedRange(0, 0)).toEqual([-1, 1])
  expect(paddedLogRange(10, 10)).toEqual([1, 100])
  expect(rangeAround(0, 'step')).toEqual([-0.5, 0.5])
  expect(rangeAround(10, 'time')).toEqual([9, 11])
})

test('a range has space around the data', () => {
  expect(paddedRange(0, 100)).toEqual([-5, 105])
  const [low, high] = paddedLogRange(1, 100)
  expect(low).toBeLessThan(1)
  expect(low).toBeGreaterThan(0)
  expect(high).toBeGreaterThan(100)
})
