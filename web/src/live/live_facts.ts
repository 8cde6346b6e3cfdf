// Follows the server's events and marks as stale what they touch. Many facts come at once when many runs start and
// end, so what is stale is collected for a moment and asked for again together.
import { type QueryClient, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { apiUrl } from '../api/client'
import { keys } from '../api/keys'
import { claimKeys, datasetKeys, lawKeys, lineageKeys } from '../api/knowledge'
import { publicationKeys } from '../api/publications'
import { runKeys } from '../api/runs'
import { soundnessKeys } from '../api/soundness'
import type { Fact, Grown } from '../api/types'
import { setConnection } from './connection'
import { openEventStream } from './event_stream'
import type { ServerEvent } from './sse_parser'

const collect_ms = 250
/** A list that was scrolled through has many pages; all are asked again, so it is asked more seldom. */
const listPage_ms = 200

/** After these, tags may be of other runs than before. */
const tagKinds = ['run.submitted', 'run.tagged', 'run.archived']

/** The parts of a run's page that a stream feeds. */
const fedBy: Record<string, string[]> = { metrics: ['metrics', 'points'], resources: ['resources'], log: [] }

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
          // Hints that streams grew are not sent again: ask once for all that is on the screen.
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

  constructor(private readonly client: QueryClient) {}

  take(event: ServerEvent) {
    if (event.event === 'fact') this.takeFact(JSON.parse(event.data) as Fact)
    else if (event.event === 'grown') this.takeGrown(JSON.parse(event.data) as Grown)
  }

  private takeFact(fact: Fact) {
    this.mark(keys.facts)
    this.mark(keys.server)
    const noun = fact.kind.split('.')[0]
    if (noun === 'run') {
      this.mark(keys.overview)
      this.mark(runKeys.all)
      if (fact.handle) this.mark(runKeys.one(fact.handle))
      if (fact.kind === 'run.finished' || fact.kind === 'run.reproduced') this.markKnowledge()
      if (tagKinds.includes(fact.kind)) this.mark(keys.tags)
    } else if (noun === 'soundness') this.markSoundness()
    else if (fact.kind.endsWith('.erased')) this.markErased()
    else if (noun === 'dataset' || noun === 'law' || noun === 'claim' || noun === 'publication' || noun === 'crate')
      this.markKnowledge()
    else if (noun === 'token') this.mark(keys.tokens)
    else if (noun === 'role' || noun === 'user') {
      this.mark(keys.members)
      this.mark(keys.me)
    } else if (noun === 'project') this.mark(keys.projects)
  }

  /** What is known may rest on it, in whichever way. */
  private markKnowledge() {
    for (const key of [
      datasetKeys.all,
      claimKeys.all,
      lawKeys.all,
      publicationKeys.all,
      lineageKeys.all,
      soundnessKeys.all,
    ])
      this.mark(key)
  }

  /** Whatever is on the screen may rest on what was retracted or made anew. */
  private markSoundness() {
    for (const key of [keys.overview, runKeys.all, runKeys.anyOne]) this.mark(key)
    this.markKnowledge()
  }

  /** What was erased may stand anywhere on the screen. */
  private markErased() {
    this.markSoundness()
    this.mark(keys.tags)
  }

  private takeGrown(grown: Grown) {
    // Pages name a run by its handle, the hint by its id: whichever run is on the screen is compared by its data.
    for (const query of this.client.getQueryCache().findAll({ queryKey: runKeys.anyOne, type: 'active' })) {
      const [, run, part] = query.queryKey as string[]
      if (run === undefined || part === undefined || !(fedBy[grown.stream] ?? []).includes(part)) continue
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
      // An answer that is on its way is waited for, so that a steady flow of facts cannot keep it from ever coming.
      if (this.client.isFetching({ queryKey }) > 0 || (queryKey === runKeys.all && this.listsRest())) continue
      this.stale.delete(name)
      this.client.invalidateQueries({ queryKey })
    }
    if (this.stale.size > 0) this.timer = setTimeout(() => this.flush(), collect_ms)
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
