// The positions of the ticks of an axis. An axis of whole numbers, such as steps, years or counts, has no ticks between
// them.

/** The possible distances between ticks of a drawn axis, in ascending order. */
export function tickSteps(whole: boolean): readonly number[] {
  return whole ? wholeSteps : anySteps
}

const stepsFrom = (exponent: number, factors: number[]) =>
  Array.from({ length: stepExponent_max - exponent }, (_, at) =>
    factors.map((factor) => Number(`${factor}e${exponent + at}`)),
  ).flat()
const stepExponent_max = 32
const wholeSteps = stepsFrom(0, [1, 2, 5])
const anySteps = stepsFrom(-stepExponent_max, [1, 2, 2.5, 5])

/** Whether all values that can be drawn are whole numbers. */
export const allWhole = (values: readonly (number | null | undefined)[]): boolean =>
  values.every((value) => value == null || !Number.isFinite(value) || Number.isInteger(value))

export function linearTicks(min: number, max: number, whole = false, wanted = 5): number[] {
  if (!(max > min)) return [min]
  const rough = (max - min) / wanted
  const power = 10 ** Math.floor(Math.log10(rough))
  const round = ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power
  const step = whole ? Math.max(1, round) : round
  const ticks: number[] = []
  for (let at = Math.ceil(min / step); at * step <= max + step * 1e-9; at += 1) {
    ticks.push(Number((at * step).toPrecision(12)))
  }
  return ticks
}

/** Powers of ten; also 2 and 5 times them if there would be fewer than three. */
export function logTicks(min: number, max: number): number[] {
  const first = Math.floor(Math.log10(min))
  const last = Math.ceil(Math.log10(max))
  const within = (ticks: number[]) => ticks.filter((tick) => tick >= min && tick <= max)
  const decades = Array.from({ length: last - first + 1 }, (_, at) => Number((10 ** (first + at)).toPrecision(12)))
  const whole = within(decades)
  return whole.length >= 3 ? whole : within(decades.flatMap((decade) => [decade, 2 * decade, 5 * decade]))
}
