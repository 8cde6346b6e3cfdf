import { expect, test } from 'vitest'
import type { RunCurve } from '../api/comparison'
import { lineOf, nearest, rangeOf } from './curve_lines'

const curve = (step: number[], elapsed_s: number[], value: (number | string)[]) =>
  ({ run: { id: 'i', handle: '7Q2M' }, step, elapsed_s, value, points_total: step.length }) as RunCurve
const options = { across: 'step', smoothing: 0, logX: false, started_s: () => 1000 } as const

test('points are in the order of the axis', () => {
  const line = lineOf(curve([2, 0, 1], [9, 7, 8], [20, 'NaN', 10]), options)
  expect(line?.x).toEqual([0, 1, 2])
  expect(line?.y).toEqual([Number.NaN, 10, 20])
})

test('the time of the clock begins with the start of the run; a run without a start has no line', () => {
  const clock = { ...options, across: 'clock' } as const
  expect(lineOf(curve([0], [2.5], [1]), clock)?.x).toEqual([1002.5])
  expect(lineOf(curve([0], [2.5], [1]), { ...clock, started_s: () => undefined })).toBeUndefined()
})

test('a log axis leaves out step 0', () => {
  expect(lineOf(curve([0, 1], [0, 1], [5, 6]), { ...options, logX: true })?.x).toEqual([1])
})

test('the nearest point, but none far outside of the line', () => {
  const line = { x: [0, 10, 20] }
  expect([nearest(line, 4, 0), nearest(line, 6, 0), nearest(line, 20.5, 1), nearest(line, 22, 1)]).toEqual([
    0,
    1,
    2,
    undefined,
  ])
})

test('a range leaves out what a scale cannot show', () => {
  expect(
    rangeOf([
      [1, Number.NaN, -2],
      [Number.POSITIVE_INFINITY, 3],
    ]),
  ).toEqual([-2, 3])
  expect(rangeOf([[1, -2, 0]], true)).toEqual([1, 1])
  expect(rangeOf([[]])).toBeUndefined()
})
