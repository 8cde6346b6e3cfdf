// What the server says when it cannot do what was asked, or that it cannot be reached at all.
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

/** Reads the error out of a refused answer: `{"error":{"code","message","hint"}}`. */
export async function errorFrom(response: Response): Promise<ApiError> {
  try {
    const { error } = await response.json()
    if (typeof error?.message === 'string')
      return new ApiError(response.status, String(error.code ?? ''), error.message, String(error.hint ?? ''))
  } catch {
    // Not ours: a proxy's page, or nothing at all. It is told below by its status.
  }
  return new ApiError(
    response.status,
    '',
    text('error.unreadable', { status: response.status }),
    text('error.unreadable.hint'),
  )
}

export const asApiError = (error: unknown): ApiError | undefined => (error instanceof ApiError ? error : undefined)
