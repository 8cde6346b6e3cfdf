import { expect, test } from 'vitest'
import type { RunDetail } from '../api/types'
import type { Format } from '../format/format'
import { formatBytes, formatValue } from '../format/numbers'
import { formatAgo, formatDuration } from '../format/times'
import { text } from '../messages/catalogue'
import { summarySentence } from './run_summary'

const format = {
  ago: (time: string, now_ms: number) => formatAgo(time, now_ms, 'en'),
  duration: (duration_s: number) => formatDuration(duration_s, 'en'),
  count: (count: number) => String(count),
  bytes: (bytes: number) => formatBytes(bytes, 'en'),
  value: (value: number) => formatValue(value, 'en'),
} as Format

const now_ms = Date.parse('2026-01-01T00:05:00Z')
const sentence = (run: object) =>
  summarySentence(
    {
      submitted: '2026-01-01T00:00:00Z',
      attempts: 1,
      outputs: 0,
      wall_s: 41,
      metrics: [],
      outputs_missing: [],
      ...run,
    } as unknown as RunDetail,
    text,
    format,
    now_ms,
  )
const ended = (state: string, kind: string, more: object = {}) =>
  sentence({
    state,
    outcome_detail: { kind, code: '', values: { why: 'why not' }, text: `${kind}: why not`, exit_status: 137 },
    ...more,
  })

test('a run that has not ended', () => {
  expect(sentence({ state: 'waiting' })).toBe('Waits; submitted 5 minutes ago.')
  expect(sentence({ state: 'waiting', waiting: 'All cores are in use.' })).toBe(
    'All cores are in use. Submitted 5 minutes ago.',
  )
  const waiting_said = { code: 'waits.queue', values: { count: 3 }, text: 'It waits.' }
  expect(sentence({ state: 'waiting', waiting: 'It waits.', waiting_said })).toBe(
    'It waits because 3 runs are before it. Submitted 5 minutes ago.',
  )
  expect(sentence({ state: 'running', started: '2026-01-01T00:04:00Z' })).toBe('Runs; it started 1 minute ago.')
})

test('every kind of end has its sentence', () => {
  const metrics = [{ key: 'val_loss', last: 0.083 }]
  expect(ended('done', 'done', { outputs: 2, metrics })).toBe('Done in 41 s · val_loss 0.083, 2 outputs.')
  expect(ended('failed', 'failed')).toBe('Failed after 41 s with exit status 137.')
  expect(ended('failed', 'killed')).toBe('Killed by signal 9 after 41 s, not by Hven.')
  expect(
    sentence({
      state: 'failed',
      outcome_detail: {
        kind: 'not_started',
        code: 'outcome.not_started',
        values: { why: { code: 'start.file_unknown', values: { path: './fit', hint: '' }, text: '' } },
      },
    }),
  ).toBe('Not started: there is no file ./fit.')
  const spec = { limits: { wall_s: 60, memory_bytes: 8e9, output_bytes: 1e6 } }
  expect(ended('failed', 'timed_out', { spec })).toBe('Stopped at its time limit of 1 min.')
  expect(ended('failed', 'out_of_memory', { spec })).toBe('Stopped above its memory limit of 8 GB.')
  expect(ended('failed', 'output_too_large', { spec })).toBe('Stopped above its output limit of 1 MB.')
  expect(ended('failed', 'output_missing', { outputs_missing: [{ path: 'a.csv' }] })).toContain('a.csv is missing')
  expect(ended('cancelled', 'cancelled')).toBe('Cancelled after 41 s.')
  expect(ended('cancelled', 'cancelled', { attempts: 0 })).toBe('Cancelled before it started.')
  expect(ended('lost', 'lost')).toContain('Lost: why not.')
  expect(ended('failed', 'struck_by_lightning')).toBe('struck_by_lightning: why not')
})
