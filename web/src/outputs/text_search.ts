// Finds a text in another one, without regard to the case of letters: the pieces to mark, and the pieces between them.

export interface Piece {
  text: string
  /** The number of the match from 0; undefined for a piece between matches. */
  match?: number
}

/** More matches are counted, but not marked. */
const marked_max = 2000

export function piecesOf(content: string, wanted: string): { pieces: Piece[]; matches: number } {
  const needle = wanted.toLowerCase()
  const lower = content.toLowerCase()
  // Some letters change their length with their case; the places would then be wrong.
  if (needle === '' || lower.length !== content.length) return { pieces: [{ text: content }], matches: 0 }
  const pieces: Piece[] = []
  let from = 0
  let matches = 0
  for (let at = lower.indexOf(needle); at >= 0; at = lower.indexOf(needle, at + needle.length)) {
    if (matches < marked_max) {
      if (at > from) pieces.push({ text: content.slice(from, at) })
      from = at + needle.length
      pieces.push({ text: content.slice(at, from), match: matches })
    }
    matches += 1
  }
  if (from < content.length) pieces.push({ text: content.slice(from) })
  return { pieces, matches }
}
