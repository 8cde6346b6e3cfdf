import { expect, test } from 'vitest'
import {
  canBeLog,
  columnsOf,
  dataOf,
  descriptionOf,
  isLog,
  isOnePicture,
  type PlotSpec,
  titleOf,
  withColouredShapes,
  withDecades,
  withoutLoneLegends,
  withScale,
  withWholeTicks,
} from './plot_spec'

const values = [
  { a: 0.387, period: 0.24 },
  { a: 39.5, period: 248 },
]
const points: PlotSpec = {
  title: { text: ['Law', 'and data'] },
  data: { values },
  mark: 'point',
  encoding: {
    x: { field: 'a', type: 'quantitative' },
    y: { field: 'period', type: 'quantitative', scale: { nice: true } },
  },
}
const layered: PlotSpec = {
  description: 'The law over the data',
  datasets: { line: [{ a: 1, fit: 1 }], data: values },
  data: { name: 'data' },
  layer: [
    { mark: 'point', encoding: { x: { field: 'a' }, y: { field: 'period' } } },
    { data: { name: 'line' }, mark: 'line', encoding: { x: { field: 'a' }, y: { field: 'fit' } } },
  ],
}
const residuals: PlotSpec = {
  data: { values: [{ a: 1, residual: -0.1 }] },
  mark: 'point',
  encoding: { x: { field: 'a', type: 'quantitative' }, y: { field: 'residual', type: 'quantitative' } },
}

test('the data is found in every part of a specification', () => {
  expect(dataOf(points)).toEqual([values])
  expect(dataOf(layered)).toEqual([values, [{ a: 1, fit: 1 }]])
  expect(dataOf({ data: { url: 'https://example.org/data.csv' }, mark: 'bar' })).toEqual([])
  expect(columnsOf(dataOf(layered))).toEqual([
    ['a', 'period', 'fit'],
    [0.387, 0.24, ''],
    [39.5, 248, ''],
    [1, '', 1],
  ])
  expect(columnsOf([[{ name: 'Ceres', none: null, pair: [1, 2] }]])).toEqual([
    ['name', 'none', 'pair'],
    ['Ceres', '', '[1,2]'],
  ])
})

test('only positive numbers can be on a log scale', () => {
  const check = (spec: PlotSpec, x: boolean, y: boolean) =>
    expect([canBeLog(spec, 'x'), canBeLog(spec, 'y')]).toEqual([x, y])
  check(points, true, true)
  check(layered, true, true)
  check(residuals, true, false)
  check({ ...points, data: { values: [] } }, false, false)
  check({ ...points, encoding: { x: { field: 'a', type: 'nominal' }, y: { aggregate: 'count' } } }, false, false)
  check({ hconcat: [points, residuals] }, true, false)
})

test('a scale is changed in every layer, and changed back', () => {
  const log = withScale(layered, 'y', true)
  expect([isLog(log, 'x'), isLog(log, 'y')]).toEqual([false, true])
  const units = log.layer as PlotSpec[]
  expect(units.map(({ encoding }) => (encoding as { y: { scale: unknown } }).y.scale)).toEqual([
    { type: 'log', zero: false },
    { type: 'log', zero: false },
  ])
  expect(isLog(withScale(log, 'y', false), 'y')).toBe(false)
  // The original is not changed, and a scale that is already logarithmic stays the same.
  expect(isLog(layered, 'y')).toBe(false)
  expect(withScale(layered, 'y', false)).toBe(layered)
  const kept = withScale(withScale(points, 'y', true), 'y', false).encoding as { y: { scale: unknown } }
  expect(kept.y.scale).toEqual({ nice: true, zero: false })
})

test('the title and description of a plot are read', () => {
  expect(titleOf(points)).toBe('Law and data')
  expect(descriptionOf(points)).toBe('Law and data')
  expect(descriptionOf(layered)).toBe('The law over the data')
  expect(titleOf({ title: 'x' })).toBe('x')
  expect(titleOf({})).toBeUndefined()
  expect([isOnePicture(points), isOnePicture(layered), isOnePicture({ hconcat: [points] })]).toEqual([
    true,
    true,
    false,
  ])
})

test('log axes have grid lines only at powers of ten, unless the specification sets others', () => {
  const axisOf = (spec: PlotSpec, channel: string) =>
    (spec.encoding as Record<string, { axis?: unknown }>)[channel]?.axis
  const log = withDecades(withScale(points, 'y', true))
  expect(axisOf(log, 'x')).toBeUndefined()
  expect(axisOf(log, 'y')).toHaveProperty('gridOpacity.value', 0)
  const own = { ...points, encoding: { y: { field: 'period', scale: { type: 'log' }, axis: { gridOpacity: 0.5 } } } }
  expect(axisOf(withDecades(own), 'y')).toEqual({ gridOpacity: 0.5 })
  const none = { ...points, encoding: { y: { field: 'period', scale: { type: 'log' }, axis: null } } }
  expect(axisOf(withDecades(none), 'y')).toBeNull()
})

test('a legend with only one entry is left out', () => {
  const marked = (rows: string[]): PlotSpec => ({
    layer: [
      {
        data: { values: rows.map((part) => ({ rows: part })) },
        mark: 'point',
        encoding: { shape: { field: 'rows', type: 'nominal' } },
      },
    ],
  })
  const legendOf = (spec: PlotSpec) =>
    ((spec.layer as PlotSpec[])[0]?.encoding as { shape?: { legend?: unknown } } | undefined)?.shape?.legend
  expect(legendOf(withoutLoneLegends(marked(['seen', 'seen'])))).toBeNull()
  expect(legendOf(withoutLoneLegends(marked(['seen', 'held out'])))).toBeUndefined()
  const below = { ...marked([]), data: { values: [{ rows: 'a' }, { rows: 'b' }] } }
  const layer = [{ mark: 'point', encoding: { shape: { field: 'rows' } } }]
  expect(legendOf(withoutLoneLegends({ ...below, layer }))).toBeUndefined()
})

const encodingOf = (spec: PlotSpec, layer: number) =>
  (spec.layer as PlotSpec[])[layer]?.encoding as Record<string, Record<string, unknown>>

test('there are no ticks between years, whatever values the line through them takes', () => {
  const axis = { type: 'quantitative' }
  const overYears: PlotSpec = {
    layer: [
      {
        data: { values: [{ year: 2005.25, rate: 0.5 }] },
        mark: { type: 'line' },
        encoding: { x: { field: 'year', ...axis }, y: { field: 'rate', ...axis } },
      },
      {
        data: { values: [{ year: 2005, rate: 0.4 }, { year: 2006 }] },
        mark: 'point',
        encoding: { x: { field: 'year', ...axis }, y: { field: 'rate', ...axis } },
      },
    ],
  }
  const plot = withWholeTicks(overYears)
  for (const layer of [0, 1]) {
    expect(encodingOf(plot, layer).x?.axis).toEqual({ tickMinStep: 1 })
    expect(encodingOf(plot, layer).y?.axis).toBeUndefined()
  }
  const own = { ...points, data: { values: [{ a: 1, period: 2 }] } }
  expect(withWholeTicks(own)).not.toBe(own)
  expect(withWholeTicks(points)).toBe(points)
  const log = withScale(own, 'x', true)
  expect((withWholeTicks(log).encoding as { x: object }).x).not.toHaveProperty('axis')
})

test('groups with shapes get colours, too', () => {
  const marked = (encoding: object): PlotSpec => ({ layer: [{ mark: 'point', encoding }] })
  const shape = {
    field: 'rows',
    type: 'nominal',
    scale: { domain: ['seen', 'held out'], range: ['circle', 'diamond'] },
  }
  expect(encodingOf(withColouredShapes(marked({ shape })), 0).color).toEqual({
    field: 'rows',
    type: 'nominal',
    scale: { domain: ['seen', 'held out'] },
  })
  const fill = { field: 'planet' }
  expect(encodingOf(withColouredShapes(marked({ shape, fill })), 0).color).toBeUndefined()
  expect(encodingOf(withColouredShapes(marked({ shape: { ...shape, legend: null } })), 0).color).toBeUndefined()
  expect(encodingOf(withColouredShapes(marked({ shape: { value: 'square' } })), 0).color).toBeUndefined()
})
