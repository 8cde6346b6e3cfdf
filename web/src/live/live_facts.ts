// Follows the server's events and marks answers as stale by the rules of the nouns. When many runs start and end, many
// facts arrive at once, so stale answers are collected for a moment and requested again together.
import { type QueryClient, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { apiUrl } from '../api/client'
import { keys, type QueryKey } from '../api/keys'
import { runKeys } from '../api/runs'
import type { Fact, Grown } from '../api/types'
import type { StaleRule } from '../noun'
import { nouns } from '../nouns'
import { setConnection } from './connection'
import { openEventStream } from './event_stream'
import type { ServerEvent } from './sse_parser'

const collect_ms = 250
/** A list that was scrolled through has many pages, and all are requested again, so this happens less often. */
const listPage_ms = 200

const updates = nouns.flatMap(({ live }) => live ?? [])
const rules = updates.flatMap(({ stale }) => stale)
/** The answers that rest after a request, by the texts of their keys. */
const rests_ms = new Map(
  rules.flatMap(({ queryKeys = [], rest_ms }) =>
    rest_ms === undefined ? [] : queryKeys.map((key): [string, number] => [JSON.stringify(key), rest_ms]),
  ),
)
const alsoStale: Record<NonNullable<StaleRule['alsoStale']>, QueryKey[]> = {
  derived: updates.filter(({ isDerived }) => isDerived).flatMap(({ queryKeys }) => queryKeys),
  everything: updates.flatMap(({ queryKeys }) => queryKeys),
}

/** The parts of a run's page that a stream updates. */
const partsOfStream: Record<string, string[]> = { metrics: ['metrics', 'points'], resources: ['resources'], log: [] }

export function useLiveFacts() {
  const client = useQueryClient()
  useEffect(() => {
    const stale = new StaleCollector(client)
    let lostBefore = false
    const close = openEventStream({
      url: apiUrl('/events'),
      onEvent: (event) => stale.take(event),
      onState: (state) => {
        if (state === 'open') {
          setConnection('connected')
          // The server does not repeat its hints that streams grew: request everything on the screen once.
          if (lostBefore) client.invalidateQueries()
          lostBefore = false
        } else if (state === 'lost') {
          setConnection('lost')
          lostBefore = true
        } else if (state === 'ended') {
          client.invalidateQueries({ queryKey: keys.me })
        }
      },
    })
    return () => {
      close()
      stale.stop()
    }
  }, [client])
}

export class StaleCollector {
  private readonly stale = new Map<string, readonly unknown[]>()
  private timer: ReturnType<typeof setTimeout> | undefined
  private listsAsked_ms = 0
  /** When each of the answers that rest was last requested. */
  private readonly asked_ms = new Map<string, number>()

  constructor(private readonly client: QueryClient) {}

  take(event: ServerEvent) {
    if (event.event === 'fact') this.takeFact(JSON.parse(event.data) as Fact)
    else if (event.event === 'grown') this.takeGrown(JSON.parse(event.data) as Grown)
  }

  private takeFact(fact: Fact) {
    this.mark(keys.server)
    for (const rule of rules) {
      if (!rule.factPrefixes.some((prefix) => fact.kind.startsWith(prefix))) continue
      for (const key of rule.queryKeys ?? []) this.mark(key)
      if (rule.byHandle && fact.handle) this.mark(rule.byHandle(fact.handle))
      if (rule.alsoStale) for (const key of alsoStale[rule.alsoStale]) this.mark(key)
    }
  }

  private takeGrown(grown: Grown) {
    // Pages name a run by its handle, the hint names it by id: compare the ids in the loaded runs.
    for (const query of this.client.getQueryCache().findAll({ queryKey: runKeys.anyOne, type: 'active' })) {
      const [, run, part] = query.queryKey as string[]
      if (run === undefined || part === undefined || !(partsOfStream[grown.stream] ?? []).includes(part)) continue
      const detail = this.client.getQueryData<{ id: string }>(runKeys.one(run))
      if (detail === undefined || detail.id === grown.run) this.mark(query.queryKey)
    }
  }

  private mark(key: readonly unknown[]) {
    this.stale.set(JSON.stringify(key), key)
    this.timer ??= setTimeout(() => this.flush(), collect_ms)
  }

  private flush() {
    this.timer = undefined
    for (const [name, queryKey] of this.stale) {
      // A request that is loading is not cancelled, so that a steady flow of facts cannot prevent every answer.
      if (
        this.client.isFetching({ queryKey }) > 0 ||
        (queryKey === runKeys.all && this.listsRest()) ||
        this.rests(name)
      )
        continue
      this.stale.delete(name)
      this.client.invalidateQueries({ queryKey })
    }
    if (this.stale.size > 0) this.timer = setTimeout(() => this.flush(), collect_ms)
  }

  private rests(name: string): boolean {
    const rest_ms = rests_ms.get(name)
    if (rest_ms === undefined) return false
    if (Date.now() < (this.asked_ms.get(name) ?? 0) + rest_ms) return true
    this.asked_ms.set(name, Date.now())
    return false
  }

  private listsRest(): boolean {
    const lists = this.client.getQueryCache().findAll({ queryKey: runKeys.all, type: 'active' })
    const pages = lists.map(({ state }) => (state.data as { pages?: unknown[] } | undefined)?.pages?.length ?? 1)
    const rest_ms = Math.max(1, ...pages) * listPage_ms
    if (Date.now() < this.listsAsked_ms + rest_ms) return true
    this.listsAsked_ms = Date.now()
    return false
  }

  stop() {
    clearTimeout(this.timer)
  }
}
