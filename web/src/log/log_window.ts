// A window on a log of any length: the loaded part follows the scroll position of the reader and gets new text at its
// end. This module draws nothing; the view subscribes to it.
import { apiUrl, get } from '../api/client'
import type { LogChunk, LogPage } from '../api/types'
import { openEventStream } from '../live/event_stream'
import { type LogLine, LogLines, linesOf } from './log_lines'
import { withoutOverwritten } from './overwritten'

export interface LogSnapshot {
  lines: readonly LogLine[]
  /**
   * The pieces that start between `from` and `to` are loaded, except overwritten ones; `extent` is the length of the
   * stream.
   */
  from: number
  to: number
  extent: number
  /** The log is complete: no text will follow. */
  complete: boolean
  following: boolean
  loading: boolean
  error: unknown
  /**
   * The number of lines added at the top since the last jump, minus the lines dropped there. The view uses it to keep
   * its scroll position.
   */
  shift: number
  /** `jump` counts the jumps of the window; `edge` is the edge of the loaded part that the last jump shows. */
  jump: number
  edge: 'start' | 'end'
}

/** The most bytes of the stream in one piece. */
export const piece_bytes_max = 64 * 1024 + 13
const page_bytes = 256 * 1024
/** The most bytes of one request where few of them are shown, for example a progress bar that was drawn for hours. */
const page_bytes_max = 4 * 1024 * 1024
const fewLines = 100
const window_bytes = 3 * 1024 * 1024
const window_lines = 150_000
/**
 * Below this number no lines are dropped. Both ends of such a window may be visible, and each end would load again what
 * the other end dropped.
 */
const window_lines_min = 600
/** While a log is followed, overwritten pieces are dropped when the window has more pieces than this. */
const pieces_max = 20_000

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
  private nextPage_bytes = page_bytes

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

  /** Starts at the start or at the end, and follows the log when `follow` is set. */
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
      const from = Math.max(0, end - this.nextPage_bytes)
      const older = await this.read(from, end)
      const added = this.merge([...older, ...this.chunks])
      // While the log is followed, its newest lines stay loaded.
      if (!this.state.following) this.trimEnd()
      this.show({ from, shift: this.state.shift + added })
    })
  }

  loadNewer() {
    if (this.state.loading || this.state.following || (this.state.complete && this.state.to >= this.state.extent))
      return
    this.enqueue(async () => {
      const page = await this.page(this.state.to, this.nextPage_bytes)
      if (page.chunks.length === 0) return this.set({ to: Math.max(this.state.to, page.extent) })
      this.merge([...this.chunks, ...page.chunks])
      const dropped = this.trimStart()
      this.show({ to: page.next, shift: this.state.shift - dropped })
    })
  }

  /** Runs one task at a time: two requests at the same time could leave a gap between them. */
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
    const query = { attempt: this.attempt, from, limit, last_states: true }
    const page = await get<LogPage>(`/runs/${this.run}/log`, query)
    this.state = { ...this.state, extent: Math.max(page.extent, page.next), complete: page.complete }
    return page
  }

  /** All pieces that start at or after `from` and before `end`. A piece that `from` cuts belongs to the page before. */
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
    // `from` is within the last piece, so no piece starts after it.
    if (page.chunks.length === 0 && from > 0) return this.replaceFromEnd()
    this.replace(page.chunks)
    this.show({ from, to: page.next, shift: 0, jump: this.state.jump + 1, edge: 'start' })
  }

  private async replaceFromEnd() {
    const { extent } = await this.page(0, 1)
    const from = Math.max(0, extent - page_bytes)
    this.replace(await this.read(from, extent))
    const to = this.chunks.at(-1)?.next ?? extent
    this.show({ from, to, shift: 0, jump: this.state.jump + 1, edge: 'end' })
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
    // After a reconnection the server may send the same piece twice.
    if (chunk.offset < (this.chunks.at(-1)?.next ?? 0)) return
    this.chunks.push(chunk)
    this.assembled.append(chunk)
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined
      const dropped = this.trimStart()
      const to = this.chunks.at(-1)?.next ?? this.state.to
      this.show({ to, extent: Math.max(this.state.extent, to), shift: this.state.shift - dropped })
    })
  }

  private end() {
    this.closeStream?.()
    this.closeStream = undefined
    this.set({ following: false, complete: true })
  }

  private replace(chunks: readonly LogChunk[]) {
    this.chunks = withoutOverwritten(chunks)
    this.assembled = linesOf(this.chunks)
  }

  /**
   * Replaces the loaded pieces by the merged ones; returns the number of added lines. After few lines the next request
   * is larger.
   */
  private merge(chunks: readonly LogChunk[]): number {
    const before = this.assembled.lines.length
    this.replace(chunks)
    const added = this.assembled.lines.length - before
    this.nextPage_bytes = added < fewLines ? Math.min(2 * this.nextPage_bytes, page_bytes_max) : page_bytes
    return added
  }

  private show(change: Partial<LogSnapshot>) {
    this.set({ ...change, lines: [...this.assembled.lines] })
  }

  private isTooLarge(): boolean {
    const lines = this.assembled.lines.length
    return lines > window_lines || (lines > window_lines_min && bytesOf(this.chunks) > window_bytes)
  }

  /** Drops the oldest pieces while the window is too large; returns the number of dropped lines. */
  private trimStart(): number {
    if (this.chunks.length > pieces_max) this.chunks = withoutOverwritten(this.chunks)
    if (!this.isTooLarge()) return 0
    const before = this.assembled.lines.length
    const stays = this.assembled.lines.at(-window_lines_min)?.offset ?? 0
    // Drop a quarter at once, so that a followed log is not assembled again for each line.
    const all_bytes = bytesOf(this.chunks)
    let surplus_bytes = Math.max(all_bytes / 4, all_bytes - window_bytes)
    let drop = 0
    for (const chunk of this.chunks) {
      if (surplus_bytes <= 0 || chunk.offset >= stays) break
      surplus_bytes -= bytesOf([chunk])
      drop += 1
    }
    if (drop === 0) return 0
    this.replace(this.chunks.slice(drop))
    this.state = { ...this.state, from: this.chunks[0]?.offset ?? this.state.from }
    return before - this.assembled.lines.length
  }

  /** Drops the newest pieces while the window is too large. */
  private trimEnd() {
    if (!this.isTooLarge()) return
    const stays = this.assembled.lines[window_lines_min]?.offset ?? 0
    let surplus_bytes = bytesOf(this.chunks) - window_bytes
    let keep = this.chunks.length
    for (const chunk of [...this.chunks].reverse()) {
      if (surplus_bytes <= 0 || chunk.offset <= stays) break
      surplus_bytes -= bytesOf([chunk])
      keep -= 1
    }
    this.replace(this.chunks.slice(0, keep))
    this.state = { ...this.state, to: this.chunks.at(-1)?.next ?? this.state.to }
  }

  private set(change: Partial<LogSnapshot>) {
    if (this.stopped) return
    this.state = { ...this.state, ...change }
    for (const listener of this.listeners) listener()
  }
}

const bytesOf = (chunks: readonly LogChunk[]): number =>
  chunks.reduce((bytes, chunk) => bytes + chunk.next - chunk.offset, 0)
