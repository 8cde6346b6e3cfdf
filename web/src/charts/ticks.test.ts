import { expect, test } from 'vitest'
import { allWhole, linearTicks, logTicks, tickSteps } from './ticks'

test('linear ticks are round numbers within the range', () => {
  expect(linearTicks(0, 10)).toEqual([0, 2, 4, 6, 8, 10])
  expect(linearTicks(-0.13, 0.41)).toEqual([0, 0.2, 0.4])
  expect(linearTicks(3, 3)).toEqual([3])
})

test('an axis of years or steps has no ticks between them', () => {
  expect(linearTicks(2005, 2007, true)).toEqual([2005, 2006, 2007])
  expect(linearTicks(2005, 2007)).toContain(2005.5)
  expect(linearTicks(4.5, 5.5, true)).toEqual([5])
  expect(linearTicks(0, 1000, true)).toEqual([0, 200, 400, 600, 800, 1000])
  for (const whole of [true, false]) {
    const steps = tickSteps(whole)
    expect([...steps].sort((a, b) => a - b)).toEqual(steps)
    expect(steps.every(Number.isInteger)).toBe(whole)
  }
  expect(tickSteps(true)[0]).toBe(1)
})

test('only values that can be drawn decide whether an axis is whole', () => {
  expect(allWhole([2006, Number.NaN, null, 2008])).toBe(true)
  expect(allWhole([2006, 2006.5])).toBe(false)
})

test('log ticks are powers of ten, with more between them when there are few', () => {
  expect(logTicks(0.5, 2000)).toEqual([1, 10, 100, 1000])
  expect(logTicks(1.5, 30)).toEqual([2, 5, 10, 20])
})
