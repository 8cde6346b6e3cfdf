// The search parameters of the page of the machine: the time that the plots show.

export const spans = ['1h', '24h', '7d', '30d'] as const
export type Span = (typeof spans)[number]
export const defaultSpan: Span = '24h'

const hour_ms = 3_600_000

export const span_ms: Record<Span, number> = {
  '1h': hour_ms,
  '24h': 24 * hour_ms,
  '7d': 7 * 24 * hour_ms,
  '30d': 30 * 24 * hour_ms,
}

export interface MachineSearch {
  /** Without it, the page shows the default. */
  span?: Span
}

export const readMachineSearch = (search: Record<string, unknown>): MachineSearch => {
  const span = spans.find((each) => each === search.span)
  return { span: span === defaultSpan ? undefined : span }
}
