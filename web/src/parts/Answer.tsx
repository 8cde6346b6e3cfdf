// The answer of the server; while it is loading, a placeholder with the same layout; after a failure, the error.
import { Placeholder, Problem } from './Notice'

interface Asked<Data> {
  data: Data | undefined
  error: unknown
  refetch?: () => void
}

interface AnswerProps<Data> {
  asked: Asked<Data>
  /** The number of placeholder lines while it is loading. */
  lines?: number
  children: (data: Data) => React.ReactNode
}

export function Answer<Data>({ asked, lines = 3, children }: AnswerProps<Data>) {
  const { data, error, refetch } = asked
  // The earlier answer stays when a later request fails; the line at the top reports the failure.
  if (data !== undefined) return children(data)
  return error ? <Problem error={error} onRetry={refetch} /> : <Placeholder lines={lines} />
}
