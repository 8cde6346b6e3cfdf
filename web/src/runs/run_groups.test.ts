import { expect, test } from 'vitest'
import type { RunSummary } from '../api/types'
import { readViews } from './browser_views'
import { type Column, columnOf } from './columns'
import { groupCondition, groupRuns, numberColumns } from './run_groups'
import { columnsIn, columnsText } from './runs_search'

const run = (handle: string, params: Record<string, unknown>, loss?: number | string) =>
  ({ handle, params, metrics: loss === undefined ? [] : [{ key: 'loss', last: loss }] }) as unknown as RunSummary
const column = (name: string) => columnOf(name) as Column
const runs = [run('A', { lr: 10 }, 1), run('B', { lr: '9' }, 'NaN'), run('C', { lr: 10 }, 3), run('D', {}, 5)]

test('groups are in the order of numbers, and the runs without a value are last', () => {
  const groups = groupRuns(runs, column('params.lr'), [column('metrics.loss')])
  expect(groups.map(({ value, runs }) => [value, runs.length])).toEqual([
    ['9', 1],
    ['10', 2],
    ['', 1],
  ])
  expect(groups.map(({ numbers }) => numbers[0])).toEqual([
    undefined,
    { count: 2, mean: 2, min: 1, max: 3 },
    { count: 1, mean: 5, min: 5, max: 5 },
  ])
})

test('only columns of numbers have a mean', () => {
  const mixed = [...runs, run('E', { opt: 'adam' })]
  expect(
    numberColumns([column('params.lr'), column('params.opt'), column('params.nothing')], mixed).map(({ name }) => name),
  ).toEqual(['params.lr'])
})

test('the condition for the runs of a group', () => {
  const lr = column('params.lr')
  expect(groupCondition(lr, 'params.lr', '0.1')).toBe('params.lr == 0.1')
  expect(groupCondition(lr, 'params.lr', "it's")).toBe("params.lr == 'it''s'")
  expect(groupCondition(lr, 'params.lr', '')).toBe('params.lr is missing')
  expect(groupCondition(column('user'), undefined, 'x')).toBeUndefined()
})

test('a comma in the name of a metric separates no columns', () => {
  const names = ['handle', 'metrics.a,b', 'metrics.100%2C']
  expect(columnsIn(columnsText(names))).toEqual(names)
})

test('a metric with an odd name is sorted in backticks', () => {
  expect(column('metrics.val/loss').sorts).toEqual(['-metrics.`val/loss`', 'metrics.`val/loss`'])
})

test('damaged views are left out', () => {
  expect(readViews('not JSON')).toEqual([])
  expect(readViews('[{"name":"good","search":{"where":"loss < 1","sort":7}},{"name":3}]')).toEqual([
    { name: 'good', search: { where: 'loss < 1', sort: '7' } },
  ])
})
