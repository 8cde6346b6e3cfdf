// The search parameters of the page that searches all logs.

export interface LogsSearch {
  q?: string
  /** The text is a regular expression. */
  regex?: true
  /** Case does not count in the expression. */
  ignore_case?: true
  project?: string
  where?: string
  /** Lines before and after each match. */
  context?: number
}

export const context_max = 10

export function readLogsSearch(search: Record<string, unknown>): LogsSearch {
  // The router reads numbers from the address, so a text that is a number comes as one.
  const word = (name: string) => {
    const value = search[name]
    if (typeof value === 'number') return String(value)
    return typeof value === 'string' && value !== '' ? value : undefined
  }
  const context = Number(search.context)
  return {
    q: word('q'),
    regex: search.regex === true || undefined,
    ignore_case: search.ignore_case === true || undefined,
    project: word('project'),
    where: word('where'),
    context: Number.isInteger(context) && context > 0 ? Math.min(context, context_max) : undefined,
  }
}
