import { afterEach, expect, test, vi } from 'vitest'
import { get, send } from './client'
import { asApiError } from './error'

afterEach(() => {
  vi.unstubAllGlobals()
})

const broken = () =>
  new Response(
    new ReadableStream({
      start(stream) {
        stream.enqueue(new TextEncoder().encode('{"steps":['))
        stream.error(new TypeError('network error'))
      },
    }),
  )

test('an interrupted answer counts as no answer', async () => {
  vi.stubGlobal('fetch', async () => broken())
  for (const call of [get('/server'), send('POST', '/repairs', {})]) {
    const error = await call.then(
      () => undefined,
      (error: unknown) => error,
    )
    expect(asApiError(error)?.isUnreachable).toBe(true)
  }
})

test('a cancelled call is reported as cancelled', async () => {
  const stopped = new DOMException('stopped', 'AbortError')
  vi.stubGlobal('fetch', async () => {
    throw stopped
  })
  const giveUp = new AbortController()
  giveUp.abort()
  await expect(get('/server', {}, giveUp.signal)).rejects.toBe(stopped)
  await expect(get('/server')).rejects.toMatchObject({ isUnreachable: true })
})
