// The answers on the screen that are requested again after a fact.
import { QueryClient } from '@tanstack/react-query'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { arrayKeys } from '../api/arrays'
import { keys, type QueryKey } from '../api/keys'
import { claimKeys, datasetKeys, lawKeys, lineageKeys } from '../api/knowledge'
import { logsKeys } from '../api/logs'
import { publicationKeys } from '../api/publications'
import { runKeys } from '../api/runs'
import { soundnessKeys } from '../api/soundness'
import { factKinds } from '../record/fact_kinds'
import { StaleCollector } from './live_facts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** The cached answers, by name. */
const shown: Record<string, QueryKey> = {
  facts: keys.facts,
  server: keys.server,
  overview: keys.overview,
  runs: runKeys.all,
  '7Q2M': runKeys.one('7Q2M'),
  '8R3N': runKeys.one('8R3N'),
  logs: logsKeys.all,
  tags: keys.tags,
  datasets: datasetKeys.all,
  claims: claimKeys.all,
  laws: lawKeys.all,
  publications: publicationKeys.all,
  lineage: lineageKeys.all,
  soundness: soundnessKeys.all,
  me: keys.me,
  members: keys.members,
  tokens: keys.tokens,
  projects: keys.projects,
}

/** The names of the answers that are stale after a fact of this kind. */
function staleAfter(fact: { kind: string; handle?: string }): string[] {
  const client = new QueryClient()
  for (const key of Object.values(shown)) client.setQueryData(key, {})
  const collector = new StaleCollector(client)
  collector.take({ event: 'fact', id: '1', data: JSON.stringify(fact) })
  vi.advanceTimersByTime(10_000)
  collector.stop()
  return Object.keys(shown).filter((name) => client.getQueryState(shown[name] ?? [])?.isInvalidated)
}

const always = ['facts', 'server']
const ofRun = [...always, 'overview', 'runs', '7Q2M']
const derived = ['datasets', 'claims', 'laws', 'publications', 'lineage', 'soundness']
const everyRun = [...always, 'overview', 'runs', '7Q2M', '8R3N', 'logs']

/** The answers that are stale after facts whose kind has this prefix; the longest prefix counts. */
const expected: Record<string, string[]> = {
  'home.': always,
  'session.': always,
  'runner.': always,
  'objects.': always,
  'user.': [...always, 'me', 'members'],
  'role.': [...always, 'me', 'members'],
  'project.': [...always, 'projects'],
  'token.': [...always, 'tokens'],
  'run.': ofRun,
  'run.submitted': [...ofRun, 'tags'],
  'run.tagged': [...ofRun, 'tags'],
  'run.archived': [...ofRun, 'tags'],
  'run.deleted': [...ofRun, 'tags'],
  'run.finished': [...ofRun, ...derived],
  'run.reproduced': [...ofRun, ...derived],
  'dataset.': [...always, ...derived],
  'law.': [...always, ...derived],
  'claim.': [...always, ...derived],
  'publication.': [...always, ...derived],
  'crate.': [...always, ...derived],
  'soundness.': [...everyRun, ...derived],
  // Erased content may be anywhere on the screen.
  'payload.erased': [...everyRun, 'tags', ...derived],
  'stream.erased': [...everyRun, 'tags', ...derived],
  'object.erased': [...everyRun, 'tags', ...derived],
}

test('each kind of fact makes exactly the answers stale that it may have changed', () => {
  for (const kind of factKinds) {
    const [prefix] = Object.keys(expected)
      .filter((each) => kind.startsWith(each))
      .sort((a, b) => b.length - a.length)
    // A noun whose facts are not in this table has its own test.
    if (prefix) expect(staleAfter({ kind, handle: '7Q2M' }), kind).toEqual(expected[prefix])
  }
})

test('answers about arrays are requested again at once, and then at most once a second while tasks start and end', () => {
  const client = new QueryClient()
  const key = arrayKeys.grid('1')
  client.setQueryData(key, {})
  let asked = 0
  client.getQueryCache().subscribe((event) => {
    if (event.type !== 'updated' || event.action.type !== 'invalidate') return
    asked += 1
    client.setQueryData(key, {})
  })
  const collector = new StaleCollector(client)
  const pass_ms = 10
  for (let at_ms = 0; at_ms < 5000; at_ms += pass_ms) {
    collector.take({ event: 'fact', id: String(at_ms), data: JSON.stringify({ kind: 'run.finished' }) })
    vi.advanceTimersByTime(pass_ms)
  }
  expect(asked).toBe(5)
  // The last facts are not forgotten.
  vi.advanceTimersByTime(2000)
  expect(asked).toBe(6)
  collector.stop()
})
