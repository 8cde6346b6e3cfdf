// The rules for tags, so that the field reports a mistake while the user types. The server has the same rules.

export const tagCharacters_max = 64
export const noteBytes_max = 16 * 1024

export type TagProblem = 'long' | 'dash' | 'characters'

export function tagProblem(tag: string): TagProblem | undefined {
  if ([...tag].length > tagCharacters_max) return 'long'
  if (tag.startsWith('-')) return 'dash'
  return /^[\p{Alphabetic}\p{N}_.:/-]+$/u.test(tag) ? undefined : 'characters'
}

/** The typed text as tags: blanks and commas separate them, and duplicates are removed. */
export const tagsIn = (typed: string): string[] => [...new Set(typed.split(/[\s,，、]+/).filter((tag) => tag !== ''))]

/** The first invalid tag, and why it is invalid. */
export function wrongTag(tags: readonly string[]): { tag: string; problem: TagProblem } | undefined {
  for (const tag of tags) {
    const problem = tagProblem(tag)
    if (problem !== undefined) return { tag, problem }
  }
  return undefined
}

/** The number of bytes of a note, in UTF-8. */
export const bytesOf = (note: string): number => new TextEncoder().encode(note).length
