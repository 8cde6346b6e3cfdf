// The search parameters of the pages of arrays: filters, the first task in the table, and what the plot shows.
import { isTaskState, type TaskState } from './states'

export interface ArrayListSearch {
  q?: string
  state?: 'running'
}

export interface ArraySearch {
  /** Only tasks in this state. */
  state?: TaskState
  /** The number of the first task in the table. */
  from?: number
  metric?: string
  /** The parameter along the x axis of the plot. */
  over?: string
  /** The parameter that chooses the colours. */
  colour?: string
}

/** The router reads digits as a number: a name such as 12 is a text here. */
function readText(value: unknown): string | undefined {
  const text = typeof value === 'number' || typeof value === 'boolean' ? String(value) : value
  return typeof text === 'string' && text !== '' ? text : undefined
}

export interface NewArraySearch {
  /** The number of the array with which the form is filled in. */
  like?: string
  /** The handle of the run whose command the form gets. */
  run?: string
}

export function readNewArraySearch(search: Record<string, unknown>): NewArraySearch {
  const [like, run] = [readText(search.like), readText(search.run)]
  return {
    like: like !== undefined && /^[0-9a-f]+$/.test(like) ? like : undefined,
    run: run !== undefined && /^[0-9A-Za-z]+$/.test(run) ? run : undefined,
  }
}

export const readArrayListSearch = (search: Record<string, unknown>): ArrayListSearch => ({
  q: readText(search.q),
  state: search.state === 'running' ? 'running' : undefined,
})

export const readArraySearch = (search: Record<string, unknown>): ArraySearch => ({
  state: isTaskState(search.state) ? search.state : undefined,
  from: Number.isSafeInteger(search.from) && Number(search.from) > 1 ? Number(search.from) : undefined,
  metric: readText(search.metric),
  over: readText(search.over),
  colour: readText(search.colour),
})

/** The number in the name `array/3`. */
export const numberOf = ({ name }: { name: string }): string => name.slice(name.indexOf('/') + 1)
