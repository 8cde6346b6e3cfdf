import { expect, test } from 'vitest'
import type { Place } from './comparison'
import { jsonExcerpt, near, tableExcerpt, textExcerpt } from './excerpt'

const at = (spot: Place['spot']): Place => ({ spot, before: '1', after: '2' })

/** The lines as text, with marked parts in brackets. */
const drawn = (lines: { number: number; pieces: { text: string; marked: boolean }[] }[] | undefined) =>
  lines?.map(
    ({ number, pieces }) =>
      `${number} ${pieces.map((piece) => (piece.marked ? `[${piece.text}]` : piece.text)).join('')}`,
  )

test('lines near a place are shown once, in order, and within the file', () => {
  expect(near([5, 1, 6], 7, 1)).toEqual([1, 2, 4, 5, 6, 7])
  expect(near([], 7)).toEqual([])
  expect(near([9], 7, 1)).toEqual([])
})

test('differing words are marked in their lines', () => {
  const text = 'a\nb\nc\nmean =  1.25 cm\ne\nf\ng\n'
  expect(drawn(textExcerpt(text, [at({ is: 'word', line: 4, word: 3 })]))).toEqual([
    '2 b',
    '3 c',
    '4 mean =  [1.25] cm',
    '5 e',
    '6 f',
  ])
})

test('a whole line is marked where no word is named', () => {
  expect(drawn(textExcerpt('one\r\ntwo words', [at({ is: 'word', line: 2, word: 0 })]))).toEqual([
    '1 one',
    '2 [two words]',
  ])
})

test('values of a JSON document are found by their pointers', () => {
  const document = JSON.stringify({ fit: { slope: 1.5, 'a/b': [1, { seed: 7 }] }, empty: {}, name: 'x' })
  expect(drawn(jsonExcerpt(document, [at({ is: 'pointer', pointer: '/fit/a~1b/1/seed' })]))).toEqual([
    '5       1,',
    '6       {',
    '7         ["seed": 7]',
    '8       }',
    '9     ]',
  ])
})

test('a value that differs as a whole is marked with all its content', () => {
  expect(drawn(jsonExcerpt('{"a":[1,2]}', [at({ is: 'pointer', pointer: '/a' })]))).toEqual([
    '1 {',
    '2   ["a": []',
    '3     [1,]',
    '4     [2]',
    '5   []]',
    '6 }',
  ])
  expect(jsonExcerpt('{"a":', [])).toBeUndefined()
})

test('the rows around differing cells are shown, and those cells are marked', () => {
  const rows = [['name', 'x'], ...Array.from({ length: 9 }, (_, row) => [`n${row + 1}`, String(row + 1)])]
  const found = tableExcerpt(rows, [at({ is: 'cell', row: 5, column: 'x' })])
  expect(found.rows.map(({ number }) => number)).toEqual([4, 5, 6])
  expect(found.rows[1]?.cells).toEqual([
    { text: 'n5', marked: false },
    { text: '5', marked: true },
  ])
})

test('a differing column is marked in the first rows', () => {
  const found = tableExcerpt(
    [
      ['a', 'b'],
      ['1', '2'],
    ],
    [at({ is: 'column', column: 'b' })],
  )
  expect(found.columns.has('b')).toBe(true)
  expect(found.rows[0]?.cells.map(({ marked }) => marked)).toEqual([false, true])
})
