// The look of runs in common charts. A run keeps its colour on every page; where two runs have the same colour, their
// lines differ by their dashes.
import { seriesToken } from '../charts/palette'

export interface LineLook {
  /** A token such as `--series-3`. */
  token: string
  /** The lengths of dashes and gaps, in pixels; empty for a whole line. */
  dash: readonly number[]
}

const dashes: readonly (readonly number[])[] = [[], [7, 4], [2, 3], [9, 3, 2, 3], [14, 4], [2, 6]]

/** The looks of things in order, by their ids. `tokenOf` names a colour that a reader chose. */
export function looksOf(
  ids: readonly string[],
  tokenOf: (id: string) => string | undefined = () => undefined,
): Map<string, LineLook> {
  const used = new Map<string, number>()
  return new Map(
    ids.map((id) => {
      const token = tokenOf(id) ?? seriesToken(id)
      const before = used.get(token) ?? 0
      used.set(token, before + 1)
      return [id, { token, dash: dashes[before % dashes.length] ?? [] }]
    }),
  )
}
