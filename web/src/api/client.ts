// Calls of the native API: same origin, the session cookie, errors as ApiError, one idempotency key for each change.
import { errorFrom, unreachable } from './error'

export const apiRoot = '/api/v1'

export type Query = Record<string, string | number | boolean | undefined>

export function apiUrl(path: string, query: Query = {}): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && value !== '') search.set(name, String(value))
  const tail = search.toString()
  return `${apiRoot}${path}${tail === '' ? '' : `?${tail}`}`
}

/** Turns a network failure into an ApiError, unless the page itself cancelled the call. */
async function reached<Answer>(act: () => Promise<Answer>, signal?: AbortSignal | null): Promise<Answer> {
  try {
    return await act()
  } catch (error) {
    if (signal?.aborted) throw error
    throw unreachable()
  }
}

export async function request(url: string, init: RequestInit = {}): Promise<Response> {
  const response = await reached(() => fetch(url, init), init.signal)
  if (!response.ok) throw await errorFrom(response)
  return response
}

export async function get<Answer>(path: string, query?: Query, signal?: AbortSignal): Promise<Answer> {
  const response = await request(apiUrl(path, query), { signal, headers: { accept: 'application/json' } })
  return JSON.parse(await reached(() => response.text(), signal)) as Answer
}

/** A call that changes something. The key makes it safe to repeat the call when its answer was lost. */
export async function send<Answer = void>(
  method: 'POST' | 'PUT' | 'DELETE',
  path: string,
  body?: unknown,
  query?: Query,
  signal?: AbortSignal,
): Promise<Answer> {
  const response = await request(apiUrl(path, query), {
    method,
    signal,
    headers: { accept: 'application/json', 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() },
    body: body === undefined ? undefined : JSON.stringify(body),
  })
  // An interrupted answer counts as no answer: the server may have carried out the call or not.
  const text = await reached(() => response.text(), signal)
  return (text === '' ? undefined : JSON.parse(text)) as Answer
}

/** Sends the bytes of a file. */
export async function upload<Answer>(path: string, file: Blob): Promise<Answer> {
  const response = await request(apiUrl(path), {
    method: 'POST',
    headers: { accept: 'application/json', 'content-type': 'application/octet-stream' },
    body: file,
  })
  return JSON.parse(await reached(() => response.text())) as Answer
}
