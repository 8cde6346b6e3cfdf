import { expect, test } from 'vitest'
import type { LogChunk } from '../api/types'
import { linesOf } from './log_lines'
import { withoutOverwritten } from './overwritten'

const log = (...pieces: [source: string, text: string][]): LogChunk[] =>
  pieces.map(([source, text], at) => ({
    offset: at * 100,
    next: (at + 1) * 100,
    source,
    time: '2026-01-01T00:00:00.000000Z',
    text,
  }))
const kept = (...pieces: [source: string, text: string][]) =>
  withoutOverwritten(log(...pieces)).map((chunk) => chunk.offset / 100)

test('all states of a progress bar except the last are removed, with the carriage return before it', () => {
  expect(kept(['out', '\r1%'], ['out', '\r2%'], ['out', '\r3%'], ['out', '\nend\n'])).toEqual([2, 3])
  expect(kept(['out', '1%\r'], ['out', '2%\r'], ['out', '3%\r'], ['out', '4%\r\n'])).toEqual([2, 3])
  expect(kept(['out', 'a\n\r1%'], ['out', '\r2%\r3%'], ['out', '\r4%\n'])).toEqual([0, 2])
})

test('each output has its own progress bar, and a gap ends an unfinished line', () => {
  expect(kept(['err', '\r1%'], ['out', 'epoch\n'], ['err', '\r2%'], ['out', '\r'])).toEqual([1, 2, 3])
  const gap: [string, string] = ['hven', '7 bytes of the log were dropped here.\n']
  expect(kept(['out', '\r1%'], gap, ['out', '\r2%'])).toEqual([0, 1, 2])
})

test('the remaining pieces make the same lines', () => {
  const parts = ['a', '\r', 'b\r', '\rc', '\n', 'd\r\n', 'e\nf\rg']
  const choices = parts.flatMap((text): [string, string][] => [
    ['out', text],
    ['err', text],
  ])
  for (const first of choices)
    for (const second of choices)
      for (const third of choices) {
        const chunks = log(['out', 'x'], first, second, third)
        const shown = (some: LogChunk[]) => linesOf(some).lines.map((line) => `${line.source} ${line.text}`)
        expect(shown(withoutOverwritten(chunks)), JSON.stringify([first, second, third])).toEqual(shown(chunks))
      }
})
