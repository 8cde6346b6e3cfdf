import { expect, test } from 'vitest'
import { metricCurve } from './metric_curve'

const curve = (step: number[], value: (number | string)[]) => ({
  schema: 'hven.curve/1',
  key: 'loss',
  step,
  elapsed_s: step.map((_, at) => at * 0.5),
  value,
  points_total: step.length,
})

test('steps are the x axis, in order', () => {
  expect(metricCurve(curve([0, 2, 1], [3, 1, 2]))).toMatchObject({ across: 'step', x: [0, 1, 2], y: [3, 2, 1] })
})

test('points without steps are drawn over time', () => {
  expect(metricCurve(curve([0, 0, 0], [3, 2, 1]))).toMatchObject({ across: 'time', x: [0, 0.5, 1], y: [3, 2, 1] })
})

test('words for non-finite numbers become numbers, and a single point is a curve', () => {
  expect(metricCurve(curve([0, 1], ['NaN', '-Infinity'])).y).toEqual([Number.NaN, Number.NEGATIVE_INFINITY])
  expect(metricCurve(curve([7], [1]))).toMatchObject({ across: 'step', x: [7], y: [1] })
})
