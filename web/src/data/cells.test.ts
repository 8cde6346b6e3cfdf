import { expect, test } from 'vitest'
import { cellText, columnWidth_px, heading, isNumeric } from './cells'

test('a header shows the unit', () => {
  expect(heading({ name: 'period', type: 'float64', unit: 'yr' })).toBe('period (yr)')
  expect(heading({ name: 'name', type: 'text' })).toBe('name')
  expect(heading({ name: 'n', type: 'int64', unit: null })).toBe('n')
})

test('numbers are aligned to the right', () => {
  const check = (type: string, numeric: boolean) => expect(isNumeric({ name: 'x', type }), type).toBe(numeric)
  for (const type of ['int64', 'float64', 'decimal(10,2)']) check(type, true)
  for (const type of ['text', 'bool', 'date', 'timestamp_utc']) check(type, false)
})

test('a cell keeps its digits, and an empty cell stays empty', () => {
  expect([0.1, 1e21, '12.50', false, null, undefined, ''].map(cellText)).toEqual([
    '0.1',
    '1e+21',
    '12.50',
    'false',
    '',
    '',
    '',
  ])
})

test('a column is as wide as it needs, within limits', () => {
  const column = { name: 'a', type: 'text' }
  expect(columnWidth_px(column, [])).toBe(56)
  expect(columnWidth_px(column, ['x'.repeat(20)])).toBe(170)
  expect(columnWidth_px(column, ['x'.repeat(500)])).toBe(320)
  expect(columnWidth_px(column, ['行星的名字行星的名字'])).toBe(170)
})
