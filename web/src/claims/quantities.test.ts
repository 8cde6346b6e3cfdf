import { expect, test } from 'vitest'
import { quantitiesOf } from './quantities'

test('bounds are shown next to their quantity', () => {
  expect(quantitiesOf({ r2: 1, 'exponent.a': 1.5, 'exponent.a.high': 1.51, 'exponent.a.low': 1.49 })).toEqual([
    { name: 'exponent.a', value: 1.5, low: 1.49, high: 1.51 },
    { name: 'r2', value: 1, low: undefined, high: undefined },
  ])
})

test('a name that only looks like a bound is a quantity of its own', () => {
  expect(quantitiesOf({ 'tide.high': 3 })).toEqual([{ name: 'tide.high', value: 3, low: undefined, high: undefined }])
})
