import { expect, test } from 'vitest'
import type { LogChunk } from '../api/types'
import { lineLength_max, linesOf } from './log_lines'

let offset = 0
const piece = (text: string, source = 'stdout', base64?: string): LogChunk => {
  const chunk = {
    base64,
    offset,
    next: offset + 13 + text.length,
    source,
    time: '2026-01-01T00:00:00.000000Z',
    text,
  }
  offset = chunk.next
  return chunk
}
const texts = (...chunks: LogChunk[]) => linesOf(chunks).lines.map((line) => `${line.source}:${line.text}`)

test('a line that is cut between pieces is one line', () => {
  expect(texts(piece('one\ntw'), piece('o\nthree'))).toEqual(['stdout:one', 'stdout:two', 'stdout:three'])
})

test('empty lines are kept, a final line end makes no line', () => {
  expect(texts(piece('a\n\nb\n'))).toEqual(['stdout:a', 'stdout:', 'stdout:b'])
  expect(texts(piece('a\n'), piece('\n'), piece('b'))).toEqual(['stdout:a', 'stdout:', 'stdout:b'])
})

test('each output has its own unfinished line', () => {
  expect(texts(piece('out '), piece('warning\n', 'stderr'), piece('put\n'))).toEqual([
    'stdout:out put',
    'stderr:warning',
  ])
})

test('a very long line becomes several', () => {
  const lines = linesOf([piece('x'.repeat(lineLength_max * 2 + 5)), piece('y\nz')]).lines
  expect(lines.map((line) => line.text.length)).toEqual([lineLength_max, lineLength_max, 6, 1])
})

test('a style that is left on goes on', () => {
  const lines = linesOf([piece('\x1b[31mred\nstill\x1b[0m\nplain\n')]).lines
  expect(lines.map((line) => line.style?.colour)).toEqual([undefined, 1, undefined])
})

test('a character that is cut between pieces is put together', () => {
  const bytes = [...new TextEncoder().encode('µ–行\n')]
  const half = (part: number[]) => piece('\ufffd', 'stdout', btoa(String.fromCharCode(...part)))
  expect(texts(half(bytes.slice(0, 4)), half(bytes.slice(4)))).toEqual(['stdout:µ–行'])
  expect(texts(half([0xff]), piece('after'))).toEqual(['stdout:\ufffdafter'])
})
