import { expect, test } from 'vitest'
import type { RunSummary } from '../api/types'
import { columnOf } from './columns'

const by = { kind: 'user', id: '01', name: 'Sophie' }
const run = {
  params: {},
  metrics: [{ key: 'acc', last: 0.5 }],
  added_later: [{ seq: 9, kind: 'metric', name: 'acc', value: 0.9, by, added: '2026-01-01T00:00:00Z' }],
  added_later_total: 3,
  set_aside_total: 2,
} as unknown as RunSummary

test('values added later have a column of their own, with user and time', () => {
  expect(columnOf('metrics.acc')?.value(run)).toBe(0.5)
  expect(columnOf('added')?.value(run)).toBe('(2 …); metrics.acc = 0.9 (Sophie, 2026-01-01T00:00:00Z)')
  expect(columnOf('added')?.value({ ...run, added_later: [], added_later_total: 0 })).toBe('')
})

test('messages set aside are counted', () => {
  expect(columnOf('set_aside')?.value(run)).toBe(2)
})
