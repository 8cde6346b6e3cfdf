import { expect, test } from 'vitest'
import { text } from '../messages/catalogue'
import { axisWords, decimal, namesOf } from './axis_words'

const words = (axis: Parameters<typeof axisWords>[0]) => axisWords(axis, text, String)

test('a range has its ends and its step, a list its first values, a table its origin', () => {
  const range = { kind: 'range', name: 'i', first: 1, step: 1, scale: 0, count: 10 } as const
  expect(words(range)).toBe('i from 1 to 10 in steps of 1')
  expect(words({ ...range, count: 1 })).toBe('i = 1')
  expect(words({ ...range, name: 't', first: -10, step: 5, scale: 1, count: 3 })).toBe(
    't from −1.0 to 0.0 in steps of 0.5',
  )
  expect(words({ kind: 'list', name: 't', values: [0.1, 'x', true] })).toBe('t: 0.1, x, true')
  const many = Array.from({ length: 20 }, (_, at) => at)
  expect(words({ kind: 'list', name: 't', values: many })).toBe('t: 0, 1, 2, 3, 4, 5, 6, 7, … (20 values)')
  const table = { kind: 'table', names: ['a', 'b'], object: '', rows: 7 } as const
  expect(words({ ...table, names: [...table.names], origin: 'runs.csv' })).toBe('a, b: 7 rows of runs.csv')
  expect(words({ ...table, names: [...table.names], rows: 1 })).toBe('a, b: 1 row of a table')
})

test('axes whose values go together are one line, with the names of all', () => {
  const a = { kind: 'list', name: 'a', values: [1, 2] } as const
  const zip = { kind: 'zip' as const, axes: ['a', 'b'].map((name) => ({ ...a, name, values: [...a.values] })) }
  expect(words(zip)).toBe('together: a: 1, 2; b: 1, 2')
  expect(namesOf(zip)).toEqual(['a', 'b'])
})

test('a value of a range has the decimal places of the range', () => {
  expect(decimal(3, 1)).toBe('0.3')
  expect(decimal(-125, 2)).toBe('−1.25')
  expect(decimal(12, 0)).toBe('12')
})
