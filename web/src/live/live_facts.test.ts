// Which of what is on the screen is asked again after a fact.
import { QueryClient } from '@tanstack/react-query'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { keys } from '../api/keys'
import { runKeys } from '../api/runs'
import { StaleCollector } from './live_facts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** Those of the keys that are stale after a fact of this kind. */
function staleAfter(fact: { kind: string; handle?: string }): (readonly unknown[])[] {
  const client = new QueryClient()
  const all: (readonly unknown[])[] = [runKeys.one('7Q2M'), runKeys.one('8R3N'), runKeys.all, keys.tags, keys.me]
  for (const key of all) client.setQueryData(key, {})
  const collector = new StaleCollector(client)
  collector.take({ event: 'fact', id: '1', data: JSON.stringify(fact) })
  vi.advanceTimersByTime(10_000)
  collector.stop()
  return all.filter((key) => client.getQueryState(key)?.isInvalidated)
}

test('a tag changes its run, the lists and the tags', () => {
  expect(staleAfter({ kind: 'run.tagged', handle: '7Q2M' })).toEqual([runKeys.one('7Q2M'), runKeys.all, keys.tags])
  expect(staleAfter({ kind: 'run.started', handle: '7Q2M' })).toEqual([runKeys.one('7Q2M'), runKeys.all])
})

test('what was erased is on the screen no longer, wherever it stood', () => {
  const runs = [runKeys.one('7Q2M'), runKeys.one('8R3N'), runKeys.all, keys.tags]
  for (const kind of ['payload.erased', 'stream.erased', 'object.erased']) expect(staleAfter({ kind })).toEqual(runs)
})
