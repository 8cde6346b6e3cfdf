// Names that match a typed text, the best first: the same, those that begin with it, those that contain all its words.

export function matchingNames(typed: string, names: readonly string[]): string[] {
  const wanted = typed.trim().toLowerCase()
  if (wanted === '') return [...names]
  const words = wanted.split(/\s+/)
  const rank = (name: string) => {
    const lower = name.toLowerCase()
    if (lower === wanted) return 0
    if (lower.startsWith(wanted)) return 1
    return words.every((word) => lower.includes(word)) ? 2 : 3
  }
  const ranked = names.map((name) => ({ name, rank: rank(name) })).filter((each) => each.rank < 3)
  // Names that match equally well keep their order.
  return ranked.sort((a, b) => a.rank - b.rank).map(({ name }) => name)
}
