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

test('a line that is split between pieces is one line', () => {
  expect(texts(piece('one\ntw'), piece('o\nthree'))).toEqual(['stdout:one', 'stdout:two', 'stdout:three'])
})

test('empty lines are kept, and a final line end makes no line', () => {
  expect(texts(piece('a\n\nb\n'))).toEqual(['stdout:a', 'stdout:', 'stdout:b'])
  expect(texts(piece('a\n'), piece('\n'), piece('b'))).toEqual(['stdout:a', 'stdout:', 'stdout:b'])
})

test('each output has its own unfinished line', () => {
  expect(texts(piece('out '), piece('warning\n', 'stderr'), piece('put\n'))).toEqual([
    'stdout:out put',
    'stderr:warning',
  ])
})

test('a very long line is split into several lines', () => {
  const lines = linesOf([piece('x'.repeat(lineLength_max * 2 + 5)), piece('y\nz')]).lines
  expect(lines.map((line) => line.text.length)).toEqual([lineLength_max, lineLength_max, 6, 1])
})

test('a style that stays on applies to the next line', () => {
  const lines = linesOf([piece('\x1b[31mred\nstill\x1b[0m\nplain\n')]).lines
  expect(lines.map((line) => line.style?.colour)).toEqual([undefined, 1, undefined])
})

test('a character that is split between pieces is joined', () => {
  const bytes = [...new TextEncoder().encode('µ–行\n')]
  const half = (part: number[]) => piece('\ufffd', 'stdout', btoa(String.fromCharCode(...part)))
  expect(texts(half(bytes.slice(0, 4)), half(bytes.slice(4)))).toEqual(['stdout:µ–行'])
  expect(texts(half([0xff]), piece('after'))).toEqual(['stdout:\ufffdafter'])
})

test.each([
  [
    'a progress bar is a line with its last state',
    ['start\n', '\r 1%', '\r 2%', '\r100%\nfinished\n'],
    ['start', '100%', 'finished'],
  ],
  ['a return at the end of a piece waits for what follows', ['10%\r', '20%\r', '30%\r'], ['30%']],
  ['a return before the end of a line changes nothing', ['one\r', '\ntwo\r\r\n\r\nthree'], ['one', 'two', '', 'three']],
  ['what is left of a longer state is not shown', ['a long state\rshort\n'], ['short']],
  ['several returns in one piece', ['1\r2\r3\n', '4\r\r5'], ['3', '5']],
  ['a state goes on in the next piece', ['\r1', '0%', '\r2', '0%\n'], ['20%']],
  ['a state that is erased is empty', ['bar\r   \r\n'], ['   ']],
])('%s', (_name, pieces, lines) => {
  expect(linesOf(pieces.map((text) => piece(text))).lines.map((line) => line.text)).toEqual(lines)
})

test('a new state starts without style and has its own colours', () => {
  const lines = linesOf([piece('\x1b[31mred\n'), piece('1%\x1b[32m'), piece('\r2%'), piece('\nnext')]).lines
  expect(lines.map((line) => [line.text, line.style?.colour])).toEqual([
    ['\x1b[31mred', undefined],
    ['2%', undefined],
    ['next', undefined],
  ])
})

test('a progress bar stands where it was drawn last, and the outputs stay apart', () => {
  const bar = [piece('\r1%', 'stderr'), piece('epoch 1\n'), piece('\r2%', 'stderr'), piece('epoch 2\n')]
  expect(texts(...bar)).toEqual(['stdout:epoch 1', 'stderr:2%', 'stdout:epoch 2'])
  expect(texts(...bar, piece('\r3%\n', 'stderr'), piece('done'))).toEqual([
    'stdout:epoch 1',
    'stdout:epoch 2',
    'stderr:3%',
    'stdout:done',
  ])
  const lines = linesOf([...bar, piece('\r3%\n', 'stderr')]).lines
  expect(lines.map((line) => line.offset)).toEqual([...lines.map((line) => line.offset)].sort((a, b) => a - b))
})

test('a new state replaces a state that was shown as several lines', () => {
  const long = 'x'.repeat(lineLength_max * 2 + 5)
  expect(texts(piece(`a\n${long}`), piece('between\n', 'stderr'), piece('\rshort\nb'))).toEqual([
    'stdout:a',
    'stderr:between',
    'stdout:short',
    'stdout:b',
  ])
})

test('text before a gap and text after it are not one line', () => {
  const around = (note: string) => texts(piece('begin '), piece(note, 'hven'), piece('end\n'))
  expect(around('7 bytes of the log were dropped here.\n')).toHaveLength(3)
  expect(around('3 bytes of the log are lost: no space.\n')).toHaveLength(3)
  expect(around('Stopped after its limit of 5 s.\n')).toEqual([
    'stdout:begin end',
    'hven:Stopped after its limit of 5 s.',
  ])
})

test('a line knows at which offset its bytes end in the stream', () => {
  offset = 0
  const lines = linesOf([
    piece('one\nö\r'),
    piece('warning', 'stderr'),
    piece('two\r\n', 'stdout', btoa('tw\xff\r\n')),
    piece('x'.repeat(lineLength_max + 10)),
  ]).lines
  const third = 13 + 6 + 13 + 7
  const fourth = third + 13 + 5
  expect(lines.map((line) => [line.text.slice(0, 7), line.to])).toEqual([
    ['one', 13 + 4],
    ['warning', third],
    ['tw\ufffd', fourth],
    ['xxxxxxx', fourth + 13 + lineLength_max],
    ['xxxxxxx', fourth + 13 + lineLength_max + 10],
  ])
})

test('a line with many carriage returns is read in one step', () => {
  expect(texts(piece(`${'\r'.repeat(60_000)}x${'\r'.repeat(60_000)}\n`))).toEqual(['stdout:x'])
})
