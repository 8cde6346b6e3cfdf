// Calls of the native API: same origin, the session's cookie, errors as ApiError, one idempotency key per change.
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

export async function request(url: string, init: RequestInit = {}): Promise<Response> {
  let response: Response
  try {
    response = await fetch(url, init)
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw unreachable()
  }
  if (!response.ok) throw await errorFrom(response)
  return response
}

export async function get<Answer>(path: string, query?: Query, signal?: AbortSignal): Promise<Answer> {
  const response = await request(apiUrl(path, query), { signal, headers: { accept: 'application/json' } })
  return (await response.json()) as Answer
}

/** A call that changes something. The key makes a repeated call harmless when its answer was lost. */
export async function send<Answer = void>(
  method: 'POST' | 'PUT' | 'DELETE',
  path: string,
  body?: unknown,
  query?: Query,
): Promise<Answer> {
  const response = await request(apiUrl(path, query), {
    method,
    headers: { accept: 'application/json', 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() },
    body: body === undefined ? undefined : JSON.stringify(body),
  })
  const text = await response.text()
  return (text === '' ? undefined : JSON.parse(text)) as Answer
}
