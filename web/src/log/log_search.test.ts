import { expect, test } from 'vitest'
import type { LogChunk, LogMatch } from '../api/types'
import { placeOf } from './LogMatchView'
import { linesOf } from './log_lines'
import { lineOfMatch } from './log_search'
import { withoutOverwritten } from './overwritten'

let next = 0
const piece = (text: string, source = 'stdout'): LogChunk => {
  const offset = next
  next += 13 + text.length
  return { offset, next, source, time: '2026-01-01T00:00:00.000000Z', text }
}
const match = (at: number, source = 'stdout', state = 1, overwritten = false): LogMatch => ({
  offset: 0,
  line: 1,
  source,
  state,
  overwritten,
  at,
  text: '',
})

test('a match belongs to the line of its output that contains its offset, whichever state is shown', () => {
  const chunks = ['\r1%', 'epoch 1\n', '\r2%', 'epoch 2\n', '\r3%\n', 'end'].map((text) =>
    piece(text, text.includes('%') ? 'stderr' : 'stdout'),
  )
  const place = (at: number) => (chunks[at]?.offset ?? 0) + 13
  for (const lines of [linesOf(chunks).lines, linesOf(withoutOverwritten(chunks)).lines]) {
    const lineAt = (at: number, source: string) => lines[lineOfMatch(lines, match(place(at) + 1, source)) ?? -1]?.text
    expect([0, 2, 4].map((at) => lineAt(at, 'stderr'))).toEqual(['3%', '3%', '3%'])
    expect([1, 3, 5].map((at) => lineAt(at, 'stdout'))).toEqual(['epoch 1', 'epoch 2', 'end'])
    expect(lineOfMatch(lines, match(next))).toBeUndefined()
  }
})

test('a match is found in its part of a very long line', () => {
  next = 0
  const lines = linesOf([piece('a\n'), piece(`${'x'.repeat(9000)}needle`)]).lines
  expect(lines).toHaveLength(4)
  expect(lineOfMatch(lines, match(13 + 2 + 13 + 9000))).toBe(3)
  expect(lineOfMatch(lines, match(13 + 2 + 13 + 3999))).toBe(1)
  expect(lineOfMatch(lines, match(13 + 2 + 13 + 4000))).toBe(2)
})

test('a position names its state only when the line has several', () => {
  expect(placeOf(match(0))).toBe('log.match.line')
  expect(placeOf(match(0, 'stdout', 3))).toBe('log.match.state')
  expect(placeOf(match(0, 'stdout', 1, true))).toBe('log.match.overwritten')
})
