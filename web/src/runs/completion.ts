// Completes the word at the caret of a filter: `state:`, `project:` and `tag:`, then their values.

import { tagsOf } from './runs_search'

export interface Completion {
  /** The range of the text that the completion replaces. */
  from: number
  to: number
  words: string[]
}

export const states = ['waiting', 'running', 'stopping', 'done', 'failed', 'cancelled', 'lost', 'unknown']
const words_max = 8

export interface Completed {
  projects: readonly string[]
  tags: readonly string[]
}

export function completionAt(filter: string, caret: number, { projects, tags }: Completed): Completion {
  const from = caret - (/\S*$/.exec(filter.slice(0, caret))?.[0].length ?? 0)
  const typed = filter.slice(from, caret)
  const word = typed.toLowerCase()
  if (word === '') return { from, to: caret, words: [] }
  const offered = [
    ...states.map((state) => `state:${state}`),
    ...projects.map((path) => `project:${path}`),
    ...tags.map((tag) => `tag:${tag}`),
  ]
  const isMeant = (each: string) => each.startsWith(word) || afterColon(each).startsWith(word)
  const words = offered.filter((each) => each !== typed && isMeant(each.toLowerCase()))
  return { from, to: caret, words: words.slice(0, words_max) }
}

const afterColon = (word: string) => word.slice(word.indexOf(':') + 1)

export interface FilterWords {
  q: string
  state?: string
  project?: string
  /** Tags, except those that already filter the list. */
  tags?: string[]
}

/** Splits complete `state:…`, `project:…` and `tag:…` from the typed text; the other words stay. */
export function readFilter(typed: string): FilterWords {
  const words: string[] = []
  const found: FilterWords = { q: '' }
  for (const word of typed.split(/\s+/)) {
    const [, field, value = ''] = /^(state|project|tag):(.+)$/.exec(word) ?? []
    if (field === 'state' && value.split(',').every((state) => states.includes(state))) found.state = value
    else if (field === 'project') found.project = value
    else if (field === 'tag') found.tags = [...(found.tags ?? []), ...tagsOf(value)]
    else if (word !== '') words.push(word)
  }
  return { ...found, q: words.join(' ') }
}
