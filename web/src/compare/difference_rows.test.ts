import { expect, test } from 'vitest'
import type { ComparedRuns } from '../api/comparison'
import { differenceRows } from './difference_rows'

const section = (rows: unknown[] = [], same_left_out = 0) => ({ rows, same_left_out, different_left_out: 0 })
const compared = {
  runs: [{ handle: 'A' }, { handle: 'B' }],
  params: section([
    { name: 'lr', differs: true, values: [0.1, null], missing: [1] },
    { name: 'epochs', differs: false, values: [3, 3], missing: [] },
  ]),
  metrics: [
    { name: 'loss', last: ['NaN', 'NaN'], min: [], max: [], points: [1, 1] },
    { name: 'acc', last: [0.5, null], min: [], max: [], points: [1, 0] },
  ],
  metrics_left_out: 0,
  work: section(),
  code: {
    group: [0, 1],
    groups: [
      { commit: '0123456789abcdef', changed: false },
      { commit: null, changed: true },
    ],
  },
  software: section([], 37),
  environment: section(),
  inputs: section(),
} as unknown as ComparedRuns

test('only what differs is shown, with the number of what is the same', () => {
  const shown = differenceRows(compared, false).map(({ section, rows, same }) => [
    section,
    rows.map(({ name }) => name),
    same,
  ])
  expect(shown).toEqual([
    ['params', ['lr'], 1],
    ['metrics', ['acc'], 1],
    ['code', ['code'], 0],
    ['software', [], 37],
  ])
})

test('a missing value is none, and code without a commit has a number', () => {
  const all = differenceRows(compared, true)
  expect(all[0]?.rows.map(({ cells }) => cells)).toEqual([
    ['0.1', undefined],
    ['3', '3'],
  ])
  expect(all[2]?.rows[0]?.cells).toEqual(['0123456789', '#2 +'])
})
