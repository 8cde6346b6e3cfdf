import { expect, test } from 'vitest'
import { bandOf, valuesAt } from './bands'

const line = (x: number[], y: number[]) => ({ id: 'a', x, y })

test('the mean and the standard deviation over n − 1', () => {
  const band = bandOf('g', [line([0, 1], [1, 2]), line([0, 1], [3, 6])], 'deviation')
  expect(band.mean).toEqual([2, 4])
  expect(band.high[0]).toBeCloseTo(2 + Math.SQRT2, 12)
  expect(band.low[1]).toBeCloseTo(4 - Math.sqrt(8), 12)
  expect(band.count).toEqual([2, 2])
})

test('the lowest and the highest value', () => {
  const band = bandOf('g', [line([0], [1]), line([0], [3]), line([0], [9])], 'range')
  expect([band.low, band.high]).toEqual([[1], [9]])
})

test('beyond the end of a line nothing is guessed, and a single line has no spread', () => {
  const band = bandOf('g', [line([0, 2], [0, 2]), line([0, 1, 2, 3], [4, 4, 4, 4])], 'range')
  expect(band.x).toEqual([0, 1, 2, 3])
  expect(band.mean).toEqual([2, 2.5, 3, 4])
  expect(band.count).toEqual([2, 2, 2, 1])
  expect(band.low[3]).toBeNaN()
})

test('next to a value that is not finite nothing is interpolated', () => {
  expect(valuesAt({ x: [0, 2, 4], y: [1, Number.NaN, 3] }, [0, 1, 2, 3, 4])).toEqual([
    1,
    Number.NaN,
    Number.NaN,
    Number.NaN,
    3,
  ])
})
