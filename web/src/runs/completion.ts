// Completes the word under the caret of a filter: `state:` and `project:`, then what may follow them.

export interface Completion {
  /** What stands there now, from … to. */
  from: number
  to: number
  words: string[]
}

export const states = ['waiting', 'running', 'stopping', 'done', 'failed', 'cancelled', 'lost']
const words_max = 8

export function completionAt(filter: string, caret: number, projects: string[]): Completion {
  const from = caret - (/\S*$/.exec(filter.slice(0, caret))?.[0].length ?? 0)
  const word = filter.slice(from, caret).toLowerCase()
  if (word === '') return { from, to: caret, words: [] }
  const offered = [...states.map((state) => `state:${state}`), ...projects.map((path) => `project:${path}`)]
  const words = offered.filter((each) => each !== word && (each.startsWith(word) || afterColon(each).startsWith(word)))
  return { from, to: caret, words: words.slice(0, words_max) }
}

const afterColon = (word: string) => word.slice(word.indexOf(':') + 1).toLowerCase()

export interface FilterWords {
  q: string
  state?: string
  project?: string
}

/** Takes whole `state:…` and `project:…` out of what was typed; the other words stay. */
export function readFilter(typed: string): FilterWords {
  const words: string[] = []
  const found: FilterWords = { q: '' }
  for (const word of typed.split(/\s+/)) {
    const [, field, value] = /^(state|project):(.+)$/.exec(word) ?? []
    if (field === 'state' && value?.split(',').every((state) => states.includes(state))) found.state = value
    else if (field === 'project') found.project = value
    else if (word !== '') words.push(word)
  }
  return { ...found, q: words.join(' ') }
}
