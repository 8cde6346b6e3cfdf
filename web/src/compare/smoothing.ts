// Smoothing of a curve: an exponential moving average without the bias towards its start.

/**
 * The debiased average of the points up to each one; `weight` is the share of the earlier average, from 0 (no smoothing)
 * to below 1. Values that are not finite stay as they are, and change no average. (Kingma and Ba 2015, section 3.)
 */
export function smoothed(y: readonly number[], weight: number): number[] {
  if (!(weight > 0)) return [...y]
  let average = 0
  let counted = 0
  return y.map((value) => {
    if (!Number.isFinite(value)) return value
    average = average * weight + value * (1 - weight)
    counted += 1
    return average / (1 - weight ** counted)
  })
}

export const weight_max = 0.99
