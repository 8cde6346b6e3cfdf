// Example specifications as a law records them with its run: the planets and the law that was found.
import type { PlotSpec } from '../src/plots/plot_spec'

const planets = [
  ['Mercury', 0.3871, 0.2408],
  ['Venus', 0.7233, 0.6152],
  ['Earth', 1, 1],
  ['Mars', 1.5237, 1.8808],
  ['Jupiter', 5.2029, 11.862],
  ['Saturn', 9.537, 29.457],
  ['Uranus', 19.189, 84.011],
  ['Neptune', 30.07, 164.79],
] as const

const data = planets.map(([name, semi_major_axis, period]) => ({
  name,
  semi_major_axis,
  period,
  residual: period / semi_major_axis ** 1.5 - 1,
}))

const distance = { field: 'semi_major_axis', type: 'quantitative', title: 'semi_major_axis (AU)' }

export const lawPlot: PlotSpec = {
  $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
  title: 'The law over the data',
  description: 'Period against distance of eight planets, with the law through them.',
  layer: [
    {
      data: {
        values: Array.from({ length: 60 }, (_, at) => ({
          semi_major_axis: 0.3 * 1.085 ** at,
          law: (0.3 * 1.085 ** at) ** 1.5,
        })),
      },
      mark: { type: 'line', style: 'law' },
      encoding: {
        x: { ...distance, scale: { type: 'log' } },
        y: { field: 'law', type: 'quantitative', scale: { type: 'log' }, title: 'period (yr)' },
      },
    },
    {
      data: { values: data },
      mark: { type: 'point' },
      encoding: {
        x: { ...distance, scale: { type: 'log' } },
        y: { field: 'period', type: 'quantitative', scale: { type: 'log' }, title: 'period (yr)' },
      },
    },
  ],
}

export const frontPlot: PlotSpec = {
  title: 'Accuracy against complexity',
  data: {
    values: [
      { complexity: 1, loss: 4100, expression: 'c', chosen: false },
      { complexity: 3, loss: 210, expression: 'c · a', chosen: false },
      { complexity: 5, loss: 0.0021, expression: 'c · a^1.5', chosen: true },
      { complexity: 9, loss: 0.0019, expression: 'c · a^1.5 + k', chosen: false },
      { complexity: 14, loss: 0.0018, expression: 'c · a^1.5 + k · a', chosen: false },
    ],
  },
  encoding: {
    x: { field: 'complexity', type: 'quantitative', title: 'complexity' },
    y: { field: 'loss', type: 'quantitative', title: 'mean squared error (yr²)', scale: { type: 'log' } },
  },
  layer: [
    { mark: { type: 'line', interpolate: 'step-after' } },
    { mark: { type: 'point', size: 70 } },
    { transform: [{ filter: 'datum.chosen' }], mark: { type: 'point', style: 'chosen' } },
  ],
}

export const residualPlot: PlotSpec = {
  title: 'Residuals',
  data: { values: data },
  mark: 'point',
  encoding: {
    x: { ...distance, scale: { type: 'log' } },
    y: { field: 'residual', type: 'quantitative', title: 'relative residual', axis: { format: '.2%' } },
  },
}
