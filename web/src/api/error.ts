// The error that the server sends for a refused or failed call, or that the server cannot be reached.
import { text } from '../messages/catalogue'

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly hint: string,
  ) {
    super(message)
    this.name = 'ApiError'
  }

  get isSignedOut() {
    return this.status === 401
  }
  get isUnreachable() {
    return this.status === 0
  }
}

export const unreachable = () => new ApiError(0, '', text('error.unreachable'), text('error.unreachable.hint'))

/** Reads the error from a refused answer: `{"error":{"code","message","hint"}}`. */
export async function errorFrom(response: Response): Promise<ApiError> {
  try {
    const { error } = await response.json()
    if (typeof error?.message === 'string')
      return new ApiError(response.status, String(error.code ?? ''), error.message, String(error.hint ?? ''))
  } catch {
    // Not an answer of Hven: a page of a proxy, or an empty body. The status below describes it.
  }
  return new ApiError(
    response.status,
    '',
    text('error.unreadable', { status: response.status }),
    text('error.unreadable.hint'),
  )
}

export const asApiError = (error: unknown): ApiError | undefined => (error instanceof ApiError ? error : undefined)
