import { expect, test } from 'vitest'
import type { Format } from '../format/format'
import { formatBytes, formatCount } from '../format/numbers'
import { formatDuration } from '../format/times'
import { text } from './catalogue'
import { setLanguage } from './language'
import { say } from './say'

const format = {
  count: (count: number) => formatCount(count, 'en'),
  bytes: (bytes: number) => formatBytes(bytes, 'en'),
  duration: (duration_s: number) => formatDuration(duration_s, 'en'),
  exact: (time: string) => `<${time}>`,
} as Format
const said = (code: string, values: Record<string, unknown> = {}) =>
  say({ code, values, text: 'as it came' }, text, format)

test('the end of a name gives the unit', () => {
  expect(said('outcome.timed_out', { limit_s: 90 })).toBe('stopped after its limit of 1 min 30 s')
  expect(said('outcome.out_of_memory', { limit_bytes: 8e9 })).toBe('stopped above its limit of 8 GB of memory')
  expect(said('waits.backoff', { until_time: 'T' })).toBe('It waits until <T> before it is tried again.')
  expect(said('gone.process_ended', { pid: 12345 })).toBe('its process 12345 has ended')
  expect(said('waits.queue', { count: 1 })).toBe('It waits because 1 run is before it.')
})

test('a sentence may contain another sentence', () => {
  const run = { code: 'noun.run', values: { handle: '7Q2M' }, text: 'run 7Q2M' }
  const outcome = { code: 'outcome.failed', values: { exit: 3 }, text: 'failed with exit status 3' }
  expect(said('fact.run.finished', { run, outcome })).toBe('run 7Q2M ended: failed with exit status 3')
  expect(said('fact.run.finished', { run, outcome: 'odd' })).toBe('run 7Q2M ended: odd')
  setLanguage('zh')
  expect(said('fact.run.finished', { run, outcome })).toBe('运行 7Q2M 已结束：失败，退出码 3')
  setLanguage('en')
})

test('a value that is one of a few words is translated', () => {
  const ended = { step: 2, number: 3, end: 'up to date' }
  expect(said('fact.workflow.step_ended', ended)).toBe('step 2 of workflow 3 ended: up to date')
  setLanguage('zh')
  expect(said('fact.workflow.step_ended', ended)).toBe('工作流 3 的第 2 步已结束：已是最新')
  expect(said('fact.workflow.step_ended', { ...ended, end: 'odd' })).toBe('工作流 3 的第 2 步已结束：odd')
  setLanguage('en')
})

test('a sentence with an unknown code is shown as the server sent it', () => {
  expect(said('struck.by_lightning', { count: 2 })).toBe('as it came')
  expect(said('')).toBe('as it came')
})
