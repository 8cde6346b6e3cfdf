// Pictures of one name at several steps, such as `samples/00000012.png` or `images/samples_12.png`, as a series.
import type { RunFile } from '../api/types'
import { previewKind } from './preview_kind'

export interface StepSeries {
  /** The name with an asterisk for the step: `samples/*.png`. It names the series in the address. */
  path: string
  /** By step. */
  items: { step: number; file: RunFile }[]
}

/** Fewer pictures stay single files. */
const items_min = 3

/** The step of a path, and the path with an asterisk in its place: the last digits of the name of the file. */
export function stepOf(path: string): { step: number; pattern: string } | undefined {
  const found = /^(.*\/)?([^/]*?)(\d+)(\.[^./]+)$/.exec(path)
  if (found === null) return undefined
  const [, folder = '', name = '', digits = '', ending = ''] = found
  // `x1.png` counts nothing; `x_1.png`, `x-1.png` and `1.png` do.
  if (name !== '' && !/[_.-]$/.test(name)) return undefined
  const step = Number(digits)
  return Number.isSafeInteger(step) ? { step, pattern: `${folder}${name}*${ending}` } : undefined
}

/** The series of pictures among the files, and the files that are in none. */
export function stepSeries(files: readonly RunFile[]): { series: StepSeries[]; single: RunFile[] } {
  const found = new Map<string, StepSeries>()
  for (const file of files) {
    const step = previewKind(file) === 'image' ? stepOf(file.path) : undefined
    if (step === undefined) continue
    const series = found.get(step.pattern) ?? { path: step.pattern, items: [] }
    series.items.push({ step: step.step, file })
    found.set(step.pattern, series)
  }
  const series = [...found.values()].filter(({ items }) => items.length >= items_min)
  for (const { items } of series) items.sort((a, b) => a.step - b.step)
  const grouped = new Set(series.flatMap(({ items }) => items.map(({ file }) => file.path)))
  return { series, single: files.filter(({ path }) => !grouped.has(path)) }
}
