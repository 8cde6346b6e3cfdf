// The columns that match a typed name: the title of a column, or the name of a parameter, metric or tag with or without its
// prefix.
import type { Text } from '../messages/catalogue'
import { columnOf } from './columns'

const found_max = 12

/**
 * The columns that match the name, best first; `offered` are all candidates. A name without a match may be a metric or
 * parameter of other runs.
 */
export function matchingColumns(typed: string, offered: readonly string[], text: Text): string[] {
  const wanted = typed.trim()
  if (wanted === '') return []
  const lower = wanted.toLowerCase()
  const words = (name: string) =>
    [name, keyOf(name), columnOf(name)?.label(text) ?? ''].map((word) => word.toLowerCase())
  const rank = (name: string) =>
    Math.min(
      ...words(name).map((word) => (word === lower ? 0 : word.startsWith(lower) ? 1 : word.includes(lower) ? 2 : 3)),
    )
  const ranked = offered.map((name) => ({ name, rank: rank(name) })).filter((each) => each.rank < 3)
  // Columns that match equally well keep their order.
  ranked.sort((a, b) => a.rank - b.rank)
  const found = ranked.map(({ name }) => name)
  if (ranked[0]?.rank === 0) return found.slice(0, found_max)
  return [...found.slice(0, found_max - 2), ...unseen(wanted).filter((name) => !found.includes(name))]
}

/** The text after the first point: the name of the parameter or metric itself. */
const keyOf = (name: string): string => name.slice(name.indexOf('.') + 1)

function unseen(wanted: string): string[] {
  const named = columnOf(wanted) !== undefined
  // `metrics.` alone is not a name yet.
  if (named || /^(metrics|params|tags)\.$/.test(wanted)) return named ? [wanted] : []
  return /\s/.test(wanted) ? [] : [`metrics.${wanted}`, `params.${wanted}`]
}
