import { expect, test } from 'vitest'
import type { RunSummary } from '../api/types'
import type { Format } from '../format/format'
import { formatValue } from '../format/numbers'
import { type Column, columnOf } from './columns'
import { phoneValues } from './PhoneRow'

const format = { value: (value: number) => formatValue(value, 'en') } as Format
const run = {
  params: { lr: 0.1, optimiser: 'adam' },
  metrics: [
    { key: 'r2', last: 0.25 },
    { key: 'val_r2', last: 0.912345678 },
  ],
} as unknown as RunSummary

const shown = (of: RunSummary, ...names: string[]) =>
  phoneValues(
    of,
    names.map(columnOf).filter((column): column is Column => column !== undefined),
    format,
  )

test('a phone shows the last metric, or the chosen columns', () => {
  expect(shown(run, 'handle', 'state')).toEqual([{ name: 'val_r2', value: '0.912346' }])
  expect(shown(run, 'handle', 'metrics.r2', 'params.optimiser')).toEqual([
    { name: 'r2', value: '0.25' },
    { name: 'optimiser', value: 'adam' },
  ])
  // Chosen columns without a value are left out; the run then shows its last metric.
  expect(shown(run, 'metrics.loss')).toEqual([{ name: 'val_r2', value: '0.912346' }])
  expect(shown({ ...run, metrics: [] }, 'handle')).toEqual([])
})
