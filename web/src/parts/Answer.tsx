// What the server answered, or what stands in its place: the same layout while it is on its way, and what went wrong.
import { Placeholder, Problem } from './Notice'

interface Asked<Data> {
  data: Data | undefined
  error: unknown
  refetch?: () => void
}

interface AnswerProps<Data> {
  asked: Asked<Data>
  /** How many lines are held free while it is on its way. */
  lines?: number
  children: (data: Data) => React.ReactNode
}

export function Answer<Data>({ asked, lines = 3, children }: AnswerProps<Data>) {
  const { data, error, refetch } = asked
  // What was answered before stays when asking again fails; the line at the top tells that.
  if (data !== undefined) return children(data)
  return error ? <Problem error={error} onRetry={refetch} /> : <Placeholder lines={lines} />
}
