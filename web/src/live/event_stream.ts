// A stream of server-sent events that recovers by itself: it reconnects with growing pauses, sends the server the id of
// the last event, and pauses while the page is hidden (a browser allows only six connections to one server).
import { type ServerEvent, SseParser } from './sse_parser'

export type StreamState = 'connecting' | 'open' | 'lost' | 'ended'

export interface StreamOptions {
  url: string
  /** The id of the last event that is already known. */
  lastEventId?: string
  onEvent: (event: ServerEvent) => void
  onState?: (state: StreamState) => void
}

const pause_ms = { first: 300, longest: 5000 }
const hiddenRest_ms = 15_000
/** The server sends a comment at least this often; a longer silence means that the connection is lost. */
const silence_ms = 45_000

export function openEventStream(options: StreamOptions): () => void {
  let lastEventId = options.lastEventId
  let closed = false
  let failures = 0
  let abort: AbortController | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let hiddenTimer: ReturnType<typeof setTimeout> | undefined

  const say = (state: StreamState) => {
    if (!closed) options.onState?.(state)
  }

  function later(wait_ms: number) {
    clearTimeout(timer)
    timer = setTimeout(connect, wait_ms)
  }

  async function connect() {
    clearTimeout(timer)
    if (closed || document.hidden) return
    abort?.abort()
    const mine = new AbortController()
    abort = mine
    try {
      const headers: Record<string, string> = { accept: 'text/event-stream' }
      if (lastEventId !== undefined) headers['last-event-id'] = lastEventId
      const response = await fetch(options.url, { headers, signal: mine.signal, cache: 'no-store' })
      if (response.status === 204) return end()
      if (response.status === 401 || response.status === 403 || response.status === 404) return end()
      if (!response.ok || response.body === null) throw new Error(`status ${response.status}`)
      failures = 0
      say('open')
      const ended = await read(response.body, mine)
      if (ended) return end()
      throw new Error('the stream ended')
    } catch {
      if (closed || mine !== abort || mine.signal.aborted) return
      failures += 1
      say('lost')
      later(Math.min(pause_ms.first * 2 ** (failures - 1), pause_ms.longest))
    }
  }

  /** Passes each event to the listener; returns true when the server reports the end of the stream. */
  async function read(body: ReadableStream<Uint8Array>, mine: AbortController): Promise<boolean> {
    const parser = new SseParser()
    const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader()
    let silence = setTimeout(() => reader.cancel(), silence_ms)
    try {
      for (;;) {
        const { done, value } = await reader.read()
        if (done || mine !== abort) return false
        clearTimeout(silence)
        silence = setTimeout(() => reader.cancel(), silence_ms)
        for (const event of parser.push(value)) {
          if (event.id !== undefined) lastEventId = event.id
          if (!closed) options.onEvent(event)
          if (event.event === 'end') return true
        }
      }
    } finally {
      clearTimeout(silence)
    }
  }

  function end() {
    say('ended')
    close()
  }

  function onVisibility() {
    clearTimeout(hiddenTimer)
    if (document.hidden) hiddenTimer = setTimeout(rest, hiddenRest_ms)
    else if (abort === undefined) connect()
  }

  function rest() {
    abort?.abort()
    abort = undefined
    clearTimeout(timer)
  }

  function onOnline() {
    if (failures > 0) connect()
  }

  function close() {
    closed = true
    rest()
    clearTimeout(hiddenTimer)
    document.removeEventListener('visibilitychange', onVisibility)
    window.removeEventListener('online', onOnline)
  }

  document.addEventListener('visibilitychange', onVisibility)
  window.addEventListener('online', onOnline)
  say('connecting')
  connect()
  return close
}
