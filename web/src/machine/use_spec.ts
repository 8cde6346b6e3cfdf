// The plots of the use over time: which resources have one, and their specifications.
import type { MachineReport, UseBin, UseOverTime } from '../api/machine'
import { safeText } from '../format/safe_text'
import type { PlotSpec, Row } from '../plots/plot_spec'
import type { Span } from './machine_search'

/** A resource whose use is drawn. */
export type DrawnResource = { kind: 'cores' } | { kind: 'memory'; unit: MemoryUnit } | { kind: 'named'; name: string }

export interface MemoryUnit {
  word: 'MB' | 'GB'
  bytes: number
}

/** More plots than this are not drawn; the table of the runners has all resources. */
export const named_max = 6

const megabytes: MemoryUnit = { word: 'MB', bytes: 1e6 }
const gigabytes: MemoryUnit = { word: 'GB', bytes: 1e9 }

/** Cores always; memory and named resources if a run reserved some in the period, or a runner has named ones. */
export function drawnResources({ capacity, use_over_time: { bins } }: MachineReport): DrawnResource[] {
  const memory_bytes = Math.max(0, ...bins.map((bin) => bin.reserved_memory_bytes))
  const used = bins.flatMap(({ reserved_named }) => Object.entries(reserved_named ?? {}))
  const names = new Set([
    ...Object.keys(capacity.named ?? {}),
    ...used.filter(([, units]) => units > 0).map(([name]) => name),
  ])
  // The capacity is drawn in the same plot.
  const unit = Math.max(memory_bytes, capacity.memory_bytes ?? 0) < 1e9 ? megabytes : gigabytes
  return [
    { kind: 'cores' },
    ...(memory_bytes > 0 ? [{ kind: 'memory' as const, unit }] : []),
    ...[...names]
      .sort()
      .slice(0, named_max)
      .map((name) => ({ kind: 'named' as const, name })),
  ]
}

/** Whether a run reserved anything in the period. */
export const isUsed = ({ bins }: UseOverTime): boolean => bins.some(({ running }) => running > 0)

/** The amount that the attached runners have of a resource; undefined without any. */
export function capacityOf({ capacity }: MachineReport, resource: DrawnResource): number | undefined {
  if (resource.kind === 'cores') return capacity.cpus || undefined
  if (resource.kind === 'memory') return capacity.memory_bytes ? capacity.memory_bytes / resource.unit.bytes : undefined
  return capacity.named?.[resource.name] || undefined
}

export interface SpecWords {
  time: string
  /** The title of the vertical axis, with the unit. */
  amount: string
  reserved: string
  used: string
  unmeasured: string
  capacity: string
  description: string
}

/** Three digits: a plot shows no more, and a new answer that looks the same is not drawn again. */
const rounded = (value: number) => Number(value.toPrecision(3))

/** A row for each bin, which ends where the next one begins; the last one ends at the time of the answer. */
export function rowsOf({ now, use_over_time: { bins, bin_s } }: MachineReport, resource: DrawnResource): Row[] {
  const now_ms = Date.parse(now)
  return bins.map((bin): Row => {
    const start_ms = Date.parse(bin.start)
    const end_ms = Math.min(start_ms + bin_s * 1000, now_ms)
    const row: Row = {
      start: new Date(start_ms).toISOString(),
      end: new Date(end_ms).toISOString(),
      reserved: rounded(reservedOf(bin, resource)),
    }
    if (resource.kind === 'cores') {
      row.used = rounded(bin.used_cores)
      row.unmeasured = rounded(bin.unmeasured_cores)
    }
    return row
  })
}

function reservedOf(bin: UseBin, resource: DrawnResource): number {
  if (resource.kind === 'cores') return bin.reserved_cores
  if (resource.kind === 'memory') return bin.reserved_memory_bytes / resource.unit.bytes
  return bin.reserved_named?.[resource.name] ?? 0
}

/** Digits only, so that both languages can read them. */
const timeFormat: Record<Span, string> = { '1h': '%H:%M', '24h': '%H:%M', '7d': '%m-%d', '30d': '%m-%d' }

interface Wanted {
  rows: Row[]
  capacity: number | undefined
  span: Span
  words: SpecWords
}

export function specOf({ rows, capacity, span, words }: Wanted): PlotSpec {
  const hasUse = rows.some(({ used }) => used !== undefined)
  const hasUnmeasured = rows.some(({ unmeasured }) => Number(unmeasured) > 0)
  const domain = [
    words.reserved,
    ...(hasUse ? [words.used] : []),
    ...(hasUnmeasured ? [words.unmeasured] : []),
    ...(capacity === undefined ? [] : [words.capacity]),
  ]
  const series = (field: string, label: string, mark: PlotSpec): PlotSpec => ({
    mark,
    encoding: {
      y: { field, type: 'quantitative', title: words.amount },
      color: { datum: label, type: 'nominal' },
    },
  })
  const legend = {
    title: null,
    orient: 'top',
    direction: 'horizontal',
    columns: 2,
    symbolType: 'stroke',
    symbolOpacity: 1,
    symbolStrokeWidth: 2,
  }
  // The lines differ also by width and dashes, for readers who do not see colours.
  const step = { type: 'line', interpolate: 'step-after' }
  const tooltip = [
    { field: 'start', type: 'temporal', title: words.time, format: '%Y-%m-%d %H:%M' },
    { field: 'reserved', type: 'quantitative', title: words.reserved },
    ...(hasUse ? [{ field: 'used', type: 'quantitative', title: words.used }] : []),
    ...(hasUnmeasured ? [{ field: 'unmeasured', type: 'quantitative', title: words.unmeasured }] : []),
  ]
  return {
    description: safeText(words.description),
    data: { values: withEnd(rows) },
    encoding: {
      x: {
        field: 'start',
        type: 'temporal',
        title: words.time,
        axis: { format: timeFormat[span], grid: false, labelFlush: false },
      },
      color: {
        scale: { domain },
        legend,
      },
    },
    layer: [
      {
        mark: { type: 'area', interpolate: 'step-after', opacity: 0.18, line: false },
        encoding: {
          y: { field: 'reserved', type: 'quantitative', title: words.amount },
          color: { datum: words.reserved, type: 'nominal' },
        },
      },
      series('reserved', words.reserved, { ...step, strokeWidth: 1.2 }),
      ...(hasUse ? [series('used', words.used, { ...step, strokeWidth: 2 })] : []),
      ...(hasUnmeasured
        ? [series('unmeasured', words.unmeasured, { ...step, strokeWidth: 1.5, strokeDash: [5, 3] })]
        : []),
      ...(capacity === undefined
        ? []
        : [
            {
              // One line for all rows.
              transform: [{ aggregate: [{ op: 'count', as: 'bins' }] }],
              mark: { type: 'rule', strokeWidth: 1.5, strokeDash: [2, 3] },
              encoding: {
                x: null,
                y: { datum: capacity, type: 'quantitative', title: words.amount },
                color: { datum: words.capacity, type: 'nominal' },
              },
            },
          ]),
      {
        // The pointer need not be on a line.
        mark: { type: 'bar', opacity: 0 },
        encoding: {
          x2: { field: 'end' },
          y: { value: 0 },
          y2: { value: 'height' },
          color: null,
          tooltip,
        },
      },
    ],
  }
}

/** The rows, and the end of the last step. */
function withEnd(rows: Row[]): Row[] {
  const last = rows.at(-1)
  return last === undefined ? rows : [...rows, { ...last, start: last.end }]
}
