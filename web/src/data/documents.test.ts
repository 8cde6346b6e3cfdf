import { expect, test } from 'vitest'
import { readReport, readSample } from './documents'

const columns = [{ name: 'period', type: 'float64', unit: 'yr' }]

test('a report is read, and absent parts are empty', () => {
  const report = readReport({ rows: 8, schema: { columns }, problems: { total: 2 }, checks: [{ check: 'a > 0' }] })
  expect(report?.columns).toEqual(columns)
  expect(report?.problems).toEqual({ total: 2, counts: [], first: [] })
  expect([report?.checks.length, report?.profile, report?.notes]).toEqual([1, [], []])
  expect(readReport({ columns })?.columns).toEqual(columns)
  for (const none of [null, undefined, 'erased', [1]]) expect(readReport(none)).toBeUndefined()
})

test('a sample has its own columns, otherwise those of the report', () => {
  expect(readSample({ rows: [[1]] }, columns)).toEqual({ columns, rows: [[1]] })
  expect(readSample({ columns: ['period', 'x'], rows: [] }, columns)?.columns).toEqual([
    columns[0],
    { name: 'x', type: 'text' },
  ])
  expect(readSample(null, columns)).toBeUndefined()
})
