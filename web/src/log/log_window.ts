// A window on a log of any length: the part that is loaded, moved by what the reader scrolls to, fed live at its end.
// Nothing here draws; the view subscribes.
import { apiUrl, get } from '../api/client'
import type { LogChunk, LogPage } from '../api/types'
import { openEventStream } from '../live/event_stream'
import { type LogLine, LogLines, linesOf } from './log_lines'

export interface LogSnapshot {
  lines: readonly LogLine[]
  /** The part of the stream that is loaded, and how long the stream is. */
  from: number
  to: number
  extent: number
  /** Nothing will follow what there is. */
  complete: boolean
  following: boolean
  loading: boolean
  error: unknown
  /** How many lines have come in front since the last jump, less those that were dropped there. The view keeps its
   * place by it. */
  shift: number
  /** Changes whenever the window jumped elsewhere, and to which edge of what is loaded. */
  jump: number
  edge: 'start' | 'end'
}

const page_bytes = 256 * 1024
const window_bytes = 3 * 1024 * 1024
const window_lines = 150_000

export class LogWindow {
  private chunks: LogChunk[] = []
  private assembled = new LogLines()
  private state: LogSnapshot = {
    lines: [],
    from: 0,
    to: 0,
    extent: 0,
    complete: false,
    following: false,
    loading: true,
    error: undefined,
    shift: 0,
    jump: 0,
    edge: 'start',
  }
  private readonly listeners = new Set<() => void>()
  private closeStream: (() => void) | undefined
  private busy: Promise<void> = Promise.resolve()
  private waiting = 0
  private frame: number | undefined
  private stopped = false

  constructor(
    private readonly run: string,
    private readonly attempt: number,
  ) {}

  readonly subscribe = (listener: () => void) => {
    this.listeners.add(listener)
    return () => {
      this.listeners.delete(listener)
    }
  }
  readonly snapshot = () => this.state

  /** Begins at the start, or at the end; follows when asked to. */
  open(place: 'start' | 'end', follow: boolean) {
    this.stopped = false
    this.enqueue(async () => {
      await (place === 'start' ? this.replaceFrom(0) : this.replaceFromEnd())
      if (follow) this.startFollowing()
    })
  }

  stop() {
    this.stopped = true
    this.closeStream?.()
    this.closeStream = undefined
    if (this.frame !== undefined) cancelAnimationFrame(this.frame)
    this.frame = undefined
  }

  jumpTo(offset: number) {
    this.pause()
    return this.enqueue(() => this.replaceFrom(Math.max(0, offset)))
  }

  jumpToEnd() {
    return this.enqueue(() => this.replaceFromEnd())
  }

  follow() {
    this.enqueue(async () => {
      if (this.state.extent - this.state.to > page_bytes) await this.replaceFromEnd()
      this.startFollowing()
    })
  }

  pause() {
    this.closeStream?.()
    this.closeStream = undefined
    if (this.state.following) this.set({ following: false })
  }

  loadOlder() {
    if (this.state.from === 0 || this.state.loading) return
    this.enqueue(async () => {
      const end = this.state.from
      const older = await this.read(Math.max(0, end - page_bytes), end)
      if (older.length === 0) return
      this.chunks = [...older, ...this.chunks]
      this.trimEnd()
      this.rebuild({})
      this.set({ shift: this.state.shift + this.linesBefore(end) })
    })
  }

  loadNewer() {
    if (this.state.loading || this.state.following || (this.state.complete && this.state.to >= this.state.extent))
      return
    this.enqueue(async () => {
      const page = await this.page(this.state.to, page_bytes)
      if (page.chunks.length === 0) return
      this.chunks.push(...page.chunks)
      const dropped = this.trimStart()
      this.rebuild({ to: page.next, shift: this.state.shift - dropped })
    })
  }

  /** One thing after the other: two requests at once could leave a hole between them. */
  private enqueue(work: () => Promise<void>): Promise<void> {
    this.waiting += 1
    this.set({ loading: true, error: undefined })
    this.busy = this.busy.then(async () => {
      try {
        if (!this.stopped) await work()
      } catch (error) {
        this.set({ error })
      }
      this.waiting -= 1
      this.set({ loading: this.waiting > 0 })
    })
    return this.busy
  }

  private async page(from: number, limit: number): Promise<LogPage> {
    const page = await get<LogPage>(`/runs/${this.run}/log`, { attempt: this.attempt, from, limit })
    this.state = { ...this.state, extent: Math.max(page.extent, page.next), complete: page.complete }
    return page
  }

  /** All pieces that begin from `from` on and before `end`. One that is cut by `from` is left to the page before. */
  private async read(from: number, end: number): Promise<LogChunk[]> {
    const chunks: LogChunk[] = []
    for (let at = from; at < end; ) {
      const page = await this.page(at, end - at)
      chunks.push(...page.chunks.filter((chunk) => chunk.offset < end))
      if (page.next <= at) break
      at = page.next
    }
    return chunks
  }

  private async replaceFrom(from: number) {
    const page = await this.page(from, page_bytes)
    this.chunks = page.chunks
    this.rebuild({
      from: page.chunks[0]?.offset ?? page.next,
      to: page.next,
      shift: 0,
      jump: this.state.jump + 1,
      edge: 'start',
    })
  }

  private async replaceFromEnd() {
    const { extent } = await this.page(0, 1)
    const from = Math.max(0, extent - page_bytes)
    this.chunks = await this.read(from, extent)
    const to = this.chunks.at(-1)?.next ?? extent
    this.rebuild({ from: this.chunks[0]?.offset ?? from, to, shift: 0, jump: this.state.jump + 1, edge: 'end' })
  }

  private startFollowing() {
    if (this.state.complete && this.state.to >= this.state.extent) return
    this.closeStream?.()
    const from = this.state.to
    this.closeStream = openEventStream({
      url: apiUrl(`/runs/${this.run}/log/follow`, { attempt: this.attempt, from }),
      onEvent: (event) => {
        if (event.event === 'end') this.end()
        else if (event.event === 'chunk') this.take(JSON.parse(event.data) as LogChunk)
      },
      onState: (state) => {
        if (state === 'ended') this.pause()
      },
    })
    this.set({ following: true })
  }

  private take(chunk: LogChunk) {
    // After a reconnection the same piece may come twice.
    if (chunk.offset < (this.chunks.at(-1)?.next ?? 0)) return
    this.chunks.push(chunk)
    this.assembled.append(chunk)
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined
      const dropped = this.trimStart()
      const to = this.chunks.at(-1)?.next ?? this.state.to
      const change = { to, extent: Math.max(this.state.extent, to), shift: this.state.shift - dropped }
      if (dropped > 0) this.rebuild(change)
      else this.set({ ...change, lines: [...this.assembled.lines] })
    })
  }

  private end() {
    this.closeStream?.()
    this.closeStream = undefined
    this.set({ following: false, complete: true })
  }

  private rebuild(change: Partial<LogSnapshot>) {
    this.assembled = linesOf(this.chunks)
    const first = this.chunks[0]
    this.set({
      from: first?.offset ?? this.state.from,
      to: this.chunks.at(-1)?.next ?? this.state.to,
      ...change,
      lines: [...this.assembled.lines],
    })
  }

  /** Drops the oldest pieces while the window is too large; says how many lines went. */
  private trimStart(): number {
    const end = this.chunks.at(-1)?.next ?? 0
    const before = this.assembled.lines.length
    const start = this.chunks[0]?.offset ?? end
    if (end - start <= window_bytes && before <= window_lines) return 0
    // A quarter at once, so that a log that is followed is not put together anew for every line.
    const keep = start + Math.max((end - start) / 4, end - start - window_bytes)
    let drop = 0
    while (drop < this.chunks.length - 1 && (this.chunks[drop]?.offset ?? end) < keep) drop += 1
    if (drop === 0) return 0
    this.chunks = this.chunks.slice(drop)
    return this.linesBefore(this.chunks[0]?.offset ?? 0)
  }

  private linesBefore(offset: number): number {
    return this.assembled.lines.filter((line) => line.offset < offset).length
  }

  private trimEnd() {
    const start = this.chunks[0]?.offset ?? 0
    while (this.chunks.length > 1 && (this.chunks.at(-1)?.next ?? 0) - start > window_bytes) this.chunks.pop()
  }

  private set(change: Partial<LogSnapshot>) {
    if (this.stopped) return
    this.state = { ...this.state, ...change }
    for (const listener of this.listeners) listener()
  }
}
