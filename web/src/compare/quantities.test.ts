import { expect, test } from 'vitest'
import type { ComparedRuns } from '../api/comparison'
import { canGroup, groupsOf } from './groups'
import { quantitiesOf, varying } from './quantities'
import { axisPlaces, parallelSpec, scatterSpec } from './relation_spec'

const rows = (name: string, values: unknown[], missing: number[] = []) => ({ name, differs: true, values, missing })
const compared = {
  runs: ['A', 'B', 'C'].map((handle) => ({ handle, wall_s: 1 })),
  params: {
    rows: [rows('lr', ['0.1', 0.001, null], [2]), rows('opt', ['adam', 'sgd', 'adam']), rows('none', [null, 1, 2])],
    same_left_out: 0,
    different_left_out: 0,
  },
  metrics: [{ name: 'a.b[0]', last: [1, 'NaN', null], min: [], max: [], points: [1, 1, 0] }],
} as unknown as ComparedRuns
const quantities = quantitiesOf(compared)
const of = (key: string) => quantities.find((each) => each.key === key) ?? quantities[0]

test('a text that reads as a number is one, and a missing value is none', () => {
  expect(of('params.lr')).toMatchObject({ isNumber: true, values: [0.1, 0.001, undefined] })
  expect(of('params.none')).toMatchObject({ isNumber: false, values: ['null', '1', '2'] })
  expect(of('metrics.a.b[0]')?.values).toEqual([1, Number.NaN, undefined])
  expect(varying(quantities).map(({ key }) => key)).not.toContain('wall_s')
})

test('runs are grouped by equal values; those without one are the last group', () => {
  expect(canGroup(quantities).map(({ name }) => name)).toEqual(['lr', 'opt'])
  expect(groupsOf(of('params.lr') as never).map(({ id, runs }) => [id, runs])).toEqual([
    ['0.001', [1]],
    ['0.1', [0]],
    ['', [2]],
  ])
})

test('a scatter plot leaves out runs without a place, and says how many', () => {
  const made = scatterSpec({
    names: ['A', 'B', 'C'],
    x: of('params.lr') as never,
    y: of('metrics.a.b[0]') as never,
    colour: of('params.opt'),
    runWord: 'Run',
    description: '',
  })
  expect(made.leftOut).toBe(2)
  expect(made.spec.data).toEqual({ values: [{ run: 'A', x: 0.1, y: 1, c: 'adam' }] })
})

test('numbers that are far apart lie on a log axis; texts have places in their order', () => {
  const places = axisPlaces(of('params.lr') as never, String)
  expect(places).toMatchObject({ isLog: true, places: [1, 0, undefined] })
  expect(axisPlaces(of('params.opt') as never, String).places).toEqual([0, 1, 0])
})

test('a line of parallel coordinates has a gap where a value is missing', () => {
  const spec = parallelSpec({
    names: ['A', 'B', 'C'],
    axes: [of('params.lr'), of('params.opt')] as never,
    colour: undefined,
    runWord: 'Run',
    description: '',
    write: String,
  })
  const [, lines] = spec.layer as { data: { values: { place: number | null }[] } }[]
  expect(lines?.data.values.map(({ place }) => place)).toEqual([1, 0, 0, 1, null, 0])
})
