import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { LogChunk } from '../api/types'
import { LogWindow } from './log_window'
import { withoutOverwritten } from './overwritten'

const line_bytes = 100
let lines_total = 0
let follow: ReadableStreamDefaultController<Uint8Array> | undefined
let followed: { from: number; lastEventId: string | null }[] = []

const chunkAt = (line: number): LogChunk => ({
  offset: line * line_bytes,
  next: (line + 1) * line_bytes,
  source: 'stdout',
  time: '2026-01-01T00:00:00.000000Z',
  text: `line ${line}\n`,
})

/** A server with a log of `lines_total` lines, one piece each: it returns the pieces that start at or after `from`. */
async function serve(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const url = new URL(String(input), 'http://hven')
  const from = Number(url.searchParams.get('from'))
  if (url.pathname.endsWith('/follow')) {
    followed.push({ from, lastEventId: new Headers(init?.headers).get('last-event-id') })
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        follow = controller
      },
    })
    return new Response(body, { status: 200 })
  }
  const limit = Number(url.searchParams.get('limit'))
  const chunks: LogChunk[] = []
  let bytes = 0
  for (let line = Math.ceil(from / line_bytes); line < lines_total && bytes < limit; line += 1) {
    chunks.push(chunkAt(line))
    bytes += line_bytes
  }
  const next = chunks.at(-1)?.next ?? from
  const page = { schema: 'hven.log/1', attempt: 1, chunks, next, extent: lines_total * line_bytes, complete: false }
  return Response.json(page)
}

function say(...chunks: LogChunk[]) {
  const text = chunks.map((chunk) => `id: ${chunk.next}\nevent: chunk\ndata: ${JSON.stringify(chunk)}\n\n`).join('')
  follow?.enqueue(new TextEncoder().encode(text))
}

let log: LogWindow

beforeEach(() => {
  vi.stubGlobal('fetch', vi.fn(serve))
  followed = []
  log = new LogWindow('7Q2M', 1)
})

afterEach(() => {
  log.stop()
  vi.unstubAllGlobals()
})

const idle = () => vi.waitFor(() => expect(log.snapshot().loading).toBe(false))
const numbers = () => log.snapshot().lines.map((line) => Number(line.text.slice(5)))
const expectUnbroken = () => {
  const shown = numbers()
  expect(shown).toEqual(Array.from({ length: shown.length }, (_, at) => (shown[0] ?? 0) + at))
}

test('a long log is read downwards, and only a window of it is kept', async () => {
  lines_total = 100_000
  log.open('start', false)
  await idle()
  expect(numbers()[0]).toBe(0)
  for (let page = 0; page < 20; page += 1) {
    log.loadNewer()
    await idle()
    expectUnbroken()
  }
  const { from, to, lines } = log.snapshot()
  expect(from).toBeGreaterThan(0)
  expect(to - from).toBeLessThan(4 * 2 ** 20)
  expect(lines.length).toBeLessThan(40_000)
})

test('a log is read upwards from its end to the first line', async () => {
  lines_total = 9000
  log.open('end', false)
  await idle()
  expect(log.snapshot()).toMatchObject({ edge: 'end', to: 900_000 })
  expect(numbers().at(-1)).toBe(8999)
  for (let page = 0; page < 10 && log.snapshot().from > 0; page += 1) {
    const before = { first: numbers()[0] ?? 0, shift: log.snapshot().shift }
    log.loadOlder()
    await idle()
    expectUnbroken()
    // The view keeps its scroll position by this number: `shift` is the number of lines added at the top.
    expect(log.snapshot().shift - before.shift).toBe(before.first - (numbers()[0] ?? 0))
  }
  expect(numbers()).toHaveLength(9000)
})

test('a jump can go to any offset', async () => {
  lines_total = 100_000
  log.open('start', false)
  await idle()
  await log.jumpTo(5_000_050)
  expect(numbers()[0]).toBe(50_001)
  expectUnbroken()
})

test('a followed piece appears once, also when the server sends it twice', async () => {
  lines_total = 3
  log.open('end', true)
  await idle()
  await vi.waitFor(() => expect(followed).toEqual([{ from: 300, lastEventId: null }]))
  say(chunkAt(3), chunkAt(4))
  await vi.waitFor(() => expect(numbers()).toEqual([0, 1, 2, 3, 4]))
  // The server stops and starts again: the stream resumes from its last event.
  follow?.close()
  await vi.waitFor(() => expect(followed).toHaveLength(2))
  expect(followed[1]?.lastEventId).toBe('500')
  say(chunkAt(4), chunkAt(5))
  await vi.waitFor(() => expect(numbers()).toEqual([0, 1, 2, 3, 4, 5]))
  follow?.enqueue(new TextEncoder().encode('event: end\ndata: {"state":"done","attempt":1}\n\n'))
  await vi.waitFor(() => expect(log.snapshot()).toMatchObject({ following: false, complete: true }))
})

test('a pause keeps the shown lines, and following continues from there', async () => {
  lines_total = 2
  log.open('end', true)
  await vi.waitFor(() => expect(followed).toHaveLength(1))
  log.pause()
  lines_total = 4
  expect(log.snapshot().following).toBe(false)
  log.follow()
  await vi.waitFor(() => expect(followed).toHaveLength(2))
  expect(followed[1]).toEqual({ from: 200, lastEventId: null })
})

test('a failed request is reported and can be repeated', async () => {
  vi.stubGlobal(
    'fetch',
    vi.fn(() => Promise.reject(new TypeError('refused'))),
  )
  log.open('start', false)
  await vi.waitFor(() => expect(log.snapshot().error).toBeDefined())
  vi.stubGlobal('fetch', vi.fn(serve))
  lines_total = 2
  log.open('start', false)
  await vi.waitFor(() => expect(numbers()).toEqual([0, 1]))
  expect(log.snapshot().error).toBeUndefined()
})

test('few bytes of a progress bar that was drawn for hours are loaded, and the line before it is found', async () => {
  const states = 100_000
  const bar: LogChunk[] = Array.from({ length: states }, (_, at) => ({
    ...chunkAt(at),
    text: at === 0 ? 'start\n' : `\r${at}%`,
  }))
  let sent = 0
  const asked: string[] = []
  vi.stubGlobal('fetch', async (input: string) => {
    const query = new URL(input, 'http://hven').searchParams
    asked.push(query.get('last_states') ?? '')
    const first = Math.ceil(Number(query.get('from')) / line_bytes)
    const page = bar.slice(first, first + Math.ceil(Number(query.get('limit')) / line_bytes))
    const next = page.at(-1)?.next ?? Number(query.get('from'))
    const chunks = withoutOverwritten(page)
    sent += chunks.length
    return Response.json({ attempt: 1, chunks, next, extent: states * line_bytes, complete: true })
  })
  const shown = () => log.snapshot().lines.map((line) => line.text)
  log.open('end', false)
  await idle()
  expect(shown()).toEqual([`${states - 1}%`])
  while (log.snapshot().from > 0) {
    const { from } = log.snapshot()
    log.loadOlder()
    await idle()
    expect(log.snapshot().from).toBeLessThan(from)
  }
  expect(shown()).toEqual(['start', `${states - 1}%`])
  expect(log.snapshot().shift).toBe(1)
  expect(asked.length).toBeLessThan(12)
  expect(sent).toBeLessThan(30)
  expect(new Set(asked)).toEqual(new Set(['true']))

  log.open('start', false)
  await idle()
  while (log.snapshot().to < log.snapshot().extent) {
    log.loadNewer()
    await idle()
  }
  expect(shown()).toEqual(['start', `${states - 1}%`])
})

test('a followed progress bar shows its last state, drops no line before it, and is not kept as a whole', async () => {
  lines_total = 3
  log.open('end', true)
  await vi.waitFor(() => expect(followed).toHaveLength(1))
  const states = 45_000
  const bar = Array.from({ length: states }, (_, at) => ({ ...chunkAt(3 + at), text: `\r${at}%` }))
  const shown = () => log.snapshot().lines.map((line) => line.text)
  for (let at = 0; at < states; at += 15_000) {
    say(...bar.slice(at, at + 15_000))
    await vi.waitFor(() => expect(shown()).toEqual(['line 0', 'line 1', 'line 2', `${at + 14_999}%`]))
  }
  expect(log.snapshot()).toMatchObject({ from: 0, shift: 0, following: true })
  expect(Reflect.get(log, 'chunks').length).toBeLessThan(20_001)
  say({ ...chunkAt(3 + states), text: '\nfinished\n' })
  await vi.waitFor(() => expect(shown().slice(-2)).toEqual([`${states - 1}%`, 'finished']))
})

test('visible lines are not dropped for others: both ends of a window with few lines stay', async () => {
  const total = 200
  // Each line is a progress bar of one large piece.
  const piece_bytes = 60_000
  const bars: LogChunk[] = Array.from({ length: total }, (_, at) => ({
    ...chunkAt(at),
    offset: at * piece_bytes,
    next: (at + 1) * piece_bytes,
    text: `\r1%\r2%\rline ${at}\n`,
  }))
  vi.stubGlobal('fetch', async (input: string) => {
    const query = new URL(input, 'http://hven').searchParams
    const first = Math.ceil(Number(query.get('from')) / piece_bytes)
    const chunks = bars.slice(first, first + Math.ceil(Number(query.get('limit')) / piece_bytes))
    const next = chunks.at(-1)?.next ?? Number(query.get('from'))
    return Response.json({ attempt: 1, chunks, next, extent: total * piece_bytes, complete: true })
  })
  log.open('start', false)
  await idle()
  while (log.snapshot().to < log.snapshot().extent) {
    log.loadNewer()
    await idle()
  }
  expect(log.snapshot().from).toBe(0)
  expect(numbers()).toHaveLength(total)
})

test('a jump into the last piece shows the end', async () => {
  lines_total = 10
  log.open('start', false)
  await idle()
  await log.jumpTo(950)
  expect(numbers().at(-1)).toBe(9)
})
