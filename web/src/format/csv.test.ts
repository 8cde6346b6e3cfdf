import { expect, test } from 'vitest'
import { parseSeparated, toCsv } from './csv'

test.each([
  [
    'a,b\n1,2\n',
    [
      ['a', 'b'],
      ['1', '2'],
    ],
  ],
  [
    'a,b\r\n1,2',
    [
      ['a', 'b'],
      ['1', '2'],
    ],
  ],
  [
    '"x, y","say ""hi"""\n"two\nlines",',
    [
      ['x, y', 'say "hi"'],
      ['two\nlines', ''],
    ],
  ],
  ['a\n\nb\n', [['a'], [''], ['b']]],
  ['', []],
  ['"never closed', [['never closed']]],
])('reads %j', (text, rows) => {
  expect(parseSeparated(text, ',')).toEqual(rows)
})

test('written values are read back unchanged', () => {
  const rows = [
    ['name', 'value'],
    ['a "b", c\nd', '-1.5'],
    ['', 'x'],
  ]
  expect(parseSeparated(toCsv(rows), ',')).toEqual(rows)
})

test('a cell that a spreadsheet would execute is made safe', () => {
  expect(toCsv([['=cmd()', '-3', '@x']])).toBe("'=cmd(),-3,'@x\r\n")
})
