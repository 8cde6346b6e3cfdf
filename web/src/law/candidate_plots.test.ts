import { expect, test } from 'vitest'
import type { PlotSpec } from '../plots/plot_spec'
import { fitWith, frontWith, residualsWith, withLawLine } from './candidate_plots'
import type { Candidate } from './law_document'

const double = {
  id: 'b',
  tree: { product: [{ number: { value: 2 } }, { variable: 0 }] },
} as Candidate

const fit: PlotSpec = {
  layer: [
    {
      data: {
        values: [
          { x: 1, y: 1 },
          { x: 3, y: 9 },
        ],
      },
      mark: { type: 'line' },
    },
    { data: { values: [{ x: 2, y: 5, rows: 'seen' }] }, mark: { type: 'point' } },
  ],
}
const residuals: PlotSpec = {
  layer: [
    { data: { values: [{}] }, mark: { type: 'rule' } },
    { data: { values: [{ predicted: 4, residual: 1, rows: 'seen' }] }, mark: { type: 'point' } },
  ],
}
const rowsOf = (spec: PlotSpec | undefined, layer: number) =>
  (spec?.layer as { data: { values: unknown } }[] | undefined)?.[layer]?.data.values

test('the front marks the shown candidate', () => {
  const front = {
    data: {
      values: [
        { id: 'a', chosen: true },
        { id: 'b', chosen: false },
      ],
    },
  }
  expect(frontWith(front, 'b').data).toEqual({
    values: [
      { id: 'a', chosen: false },
      { id: 'b', chosen: true },
    ],
  })
  expect(frontWith({ mark: 'point' }, 'b')).toEqual({ mark: 'point' })
})

test('the line is redrawn, the data stay', () => {
  const drawn = fitWith(fit, double)
  expect(rowsOf(drawn, 0)).toEqual([
    { x: 1, y: 2 },
    { x: 3, y: 6 },
  ])
  expect(rowsOf(drawn, 1)).toEqual(rowsOf(fit, 1))
})

test('residuals are the differences between the data and the candidate', () => {
  expect(rowsOf(residualsWith(residuals, fit, double), 1)).toEqual([{ predicted: 4, residual: 1, rows: 'seen' }])
  const none = { ...double, tree: { number: { value: 0 } } } as Candidate
  expect(rowsOf(residualsWith(residuals, fit, none), 1)).toEqual([{ predicted: 0, residual: 5, rows: 'seen' }])
})

test('a plot over several inputs cannot be redrawn', () => {
  const several = {
    layer: [
      { data: { values: [{ observed: 0, predicted: 0 }] }, mark: { type: 'line' } },
      { data: { values: [{ observed: 1, predicted: 2 }] }, mark: { type: 'point' } },
    ],
  }
  expect(fitWith(several, double)).toBeUndefined()
  expect(residualsWith(residuals, several, double)).toBeUndefined()
})

test('the line of a law has its own look', () => {
  expect((withLawLine(fit).layer as PlotSpec[]).map(({ mark }) => mark)).toEqual([
    { type: 'line', style: 'law' },
    { type: 'point' },
  ])
})
