import { expect, test } from 'vitest'
import { formatAgo, formatDuration } from './times'

test.each([
  [0.0004, '0.4 ms'],
  [0.25, '250 ms'],
  [0.9996, '1 s'],
  [4.26, '4.3 s'],
  [41.2, '41 s'],
  [59.7, '1 min'],
  [125, '2 min 5 s'],
  [3600, '1 h'],
  [11_520, '3 h 12 min'],
  [100_000, '1 d 3 h'],
])('%s s is written %s', (duration_s, written) => {
  expect(formatDuration(duration_s, 'en')).toBe(written)
})

test('a moment is relative to now, in both languages', () => {
  const now_ms = Date.parse('2026-01-02T12:00:00Z')
  expect(formatAgo('2026-01-02T11:57:00.000000Z', now_ms, 'en')).toBe('3 minutes ago')
  expect(formatAgo('2026-01-02T11:57:00.000000Z', now_ms, 'zh')).toBe('3分钟前')
  expect(formatAgo('2026-01-01T12:00:00Z', now_ms, 'en')).toBe('yesterday')
  expect(formatAgo('2025-06-01T12:00:00Z', now_ms, 'en')).toBe('1 Jun 2025')
})
