// Rates from totals: the increase per second since the sample before.

export function ratesOf(elapsed_s: number[], totals: number[]): number[] {
  return totals.map((total, at) => {
    const seconds = (elapsed_s[at] ?? 0) - (at === 0 ? 0 : (elapsed_s[at - 1] ?? 0))
    const more = total - (at === 0 ? 0 : (totals[at - 1] ?? 0))
    // When a process ends, its total disappears: that is not a negative rate.
    return seconds > 0 ? Math.max(0, more / seconds) : 0
  })
}
