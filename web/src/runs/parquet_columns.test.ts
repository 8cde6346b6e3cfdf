import { parquetReadObjects } from 'hyparquet'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { expect, test } from 'vitest'
import type { RunSummary } from '../api/types'
import { type Column, columnOf } from './columns'
import { parquetColumns } from './parquet_columns'

const run = (handle: string, params: Record<string, unknown>, loss?: number): RunSummary =>
  ({ handle, params, metrics: loss === undefined ? [] : [{ key: 'loss', last: loss }] }) as unknown as RunSummary

test('numbers stay numbers, texts stay texts, and a missing value is null', async () => {
  const columns = ['handle', 'params.lr', 'params.mixed', 'params.none', 'metrics.loss'].map(columnOf) as Column[]
  const runs = [run('7Q2M', { lr: 0.1, mixed: 1 }, 0.25), run('8R3N', { lr: 3, mixed: '天文' }), run('9S4P', {}, -0)]
  const file = parquetWriteBuffer({ columnData: parquetColumns(runs, columns) })
  expect(await parquetReadObjects({ file })).toEqual([
    { handle: '7Q2M', 'params.lr': 0.1, 'params.mixed': '1', 'params.none': null, 'metrics.loss': 0.25 },
    { handle: '8R3N', 'params.lr': 3, 'params.mixed': '天文', 'params.none': null, 'metrics.loss': null },
    { handle: '9S4P', 'params.lr': null, 'params.mixed': null, 'params.none': null, 'metrics.loss': -0 },
  ])
})

test('a list without runs is a file without rows', async () => {
  const file = parquetWriteBuffer({ columnData: parquetColumns([], [columnOf('handle') as Column]) })
  expect(await parquetReadObjects({ file })).toEqual([])
})
