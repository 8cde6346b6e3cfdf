import { renderHook } from '@testing-library/react'
import { expect, test } from 'vitest'
import type { RunDetail } from '../api/types'
import { useFormat } from '../format/format'
import { text } from '../messages/catalogue'
import { describeStdin } from './stdin'

type Stdin = NonNullable<RunDetail['spec']>['stdin']
type Read = RunDetail['stdin_read']

const { current: format } = renderHook(() => useFormat()).result

const described = (stdin: Stdin, read?: Read) =>
  describeStdin({ spec: { stdin } as RunDetail['spec'], stdin_read: read }, text, format)

const file = (path: string, from: number): Stdin => ({
  kind: 'file',
  file: { path, digest: '0', size: 14, kind: 'file' },
  from,
})

test('an empty standard input is not mentioned', () => {
  expect(described(undefined)).toBeUndefined()
  expect(describeStdin({ spec: null }, text, format)).toBeUndefined()
})

test('a file is named, with the position at which the process left it', () => {
  expect(described(file('names.txt', 0))).toBe('names.txt')
  expect(described(file('names.txt', 0), { bytes: 14, end: 'whole' })).toBe('names.txt')
  expect(described(file('names.txt', 1200), { bytes: 4, end: 'unread' })).toBe(
    'names.txt from byte 1200 · left after 4 B',
  )
  expect(described(file('-', 0))).toBe('a file without a name')
})

test('the content of a pipe is known when the run has ended', () => {
  const pipe: Stdin = { kind: 'pipe' }
  expect(described(pipe)).toBe('a pipe')
  expect(described(pipe, { bytes: 4, end: 'whole', kept: true })).toBe('4 B through a pipe')
  expect(described(pipe, { bytes: 0, end: 'unread' })).toBe('0 B through a pipe · not read to its end')
  expect(described(pipe, { bytes: 20_000_000, end: 'cut_off' })).toBe(
    '20 MB through a pipe · cut off: the sender disconnected · it was not kept',
  )
})
