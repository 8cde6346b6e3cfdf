// The columns of the list of runs: their text in a cell and in an export, and the orders by them that the server
// supports.
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { RunSummary } from '../api/types'
import type { Format } from '../format/format'
import { toNumber } from '../format/numbers'
import { plainValue } from '../format/plain_value'
import { ArchivedIcon } from '../labels/ArchivedMark'
import { TagChips } from '../labels/TagChips'
import type { MessageKey, Text } from '../messages/catalogue'
import { runState } from '../parts/run_state'
import { SoundnessMark, soundnessOf } from '../parts/SoundnessMark'
import { StateBadge } from '../parts/StateBadge'
import { Duration, Time } from '../parts/Time'
import { quantityName } from './quantity_name'

export interface Column {
  /** Its name in the address and for the server. */
  name: string
  width_px: number
  /** Its share of the remaining width. */
  grows?: number
  end?: boolean
  /** The server's names of the orders by this column, in the order of clicks. */
  sorts?: readonly string[]
  label: (text: Text) => string
  cell: (run: RunSummary, format: Format) => ReactNode
  /** The whole value: shown on hover and exported. */
  value: (run: RunSummary) => string | number
}

const labelled = (key: MessageKey) => (text: Text) => text(key)

const fixed: Column[] = [
  {
    name: 'handle',
    width_px: 84,
    label: labelled('runs.column.handle'),
    cell: (run) => (
      <Link to="/r/$run" params={{ run: run.handle }} tabIndex={-1}>
        {run.handle}
      </Link>
    ),
    value: (run) => run.handle,
  },
  {
    name: 'state',
    width_px: 112,
    sorts: ['state', '-state'],
    label: labelled('runs.column.state'),
    cell: (run) => (
      <>
        {soundnessOf(run.soundness) === 'sound' ? (
          <StateBadge state={runState(run.state)} />
        ) : (
          <SoundnessMark soundness={run.soundness} />
        )}
        {run.archived && <ArchivedIcon />}
      </>
    ),
    value: (run) =>
      [run.state, soundnessOf(run.soundness) !== 'sound' && run.soundness, run.archived && 'archived']
        .filter(Boolean)
        .join(', '),
  },
  {
    name: 'name',
    width_px: 140,
    grows: 1,
    sorts: ['name', '-name'],
    label: labelled('runs.column.name'),
    cell: (run) => run.name ?? '',
    value: (run) => run.name ?? '',
  },
  {
    name: 'command',
    width_px: 220,
    grows: 3,
    sorts: ['command', '-command'],
    label: labelled('runs.column.command'),
    cell: (run) => <code>{run.command}</code>,
    value: (run) => run.command,
  },
  {
    name: 'tags',
    width_px: 130,
    label: labelled('runs.column.tags'),
    cell: (run) => <TagChips tags={run.tags ?? []} />,
    value: (run) => (run.tags ?? []).join(' '),
  },
  {
    name: 'project',
    width_px: 130,
    sorts: ['project', '-project'],
    label: labelled('runs.column.project'),
    cell: (run) => run.project,
    value: (run) => run.project,
  },
  {
    name: 'submitted',
    width_px: 130,
    sorts: ['newest', 'oldest'],
    label: labelled('runs.column.submitted'),
    cell: (run) => <Time at={run.submitted} />,
    value: (run) => run.submitted,
  },
  {
    name: 'duration',
    width_px: 96,
    end: true,
    sorts: ['longest', 'wall_s'],
    label: labelled('runs.column.duration'),
    cell: (run) =>
      run.started && (
        <Duration
          from={run.started}
          to={run.ended ?? undefined}
          taken_s={run.ended ? (run.wall_s ?? undefined) : undefined}
        />
      ),
    value: (run) => run.wall_s ?? '',
  },
  {
    name: 'user',
    width_px: 110,
    label: labelled('runs.column.user'),
    cell: (run) => run.submitted_by.name ?? run.submitted_by.kind,
    value: (run) => run.submitted_by.name ?? run.submitted_by.id,
  },
  {
    name: 'outputs',
    width_px: 84,
    end: true,
    sorts: ['-outputs', 'outputs'],
    label: labelled('runs.column.outputs'),
    cell: (run, format) => (run.outputs === 0 ? '' : format.count(run.outputs)),
    value: (run) => run.outputs,
  },
  {
    name: 'cpu',
    width_px: 96,
    end: true,
    sorts: ['-cpu_s', 'cpu_s'],
    label: labelled('run.fact.cpu'),
    cell: (run, format) => (run.cpu_s == null ? '' : format.duration(run.cpu_s)),
    value: (run) => run.cpu_s ?? '',
  },
  {
    name: 'memory',
    width_px: 110,
    end: true,
    sorts: ['-memory_max_bytes', 'memory_max_bytes'],
    label: labelled('run.fact.memory'),
    cell: (run, format) => (run.memory_max_bytes == null ? '' : format.bytes(run.memory_max_bytes)),
    value: (run) => run.memory_max_bytes ?? '',
  },
  {
    name: 'added',
    width_px: 110,
    end: true,
    label: labelled('runs.column.added'),
    cell: (run, format) => (run.added_later_total ? format.count(run.added_later_total) : ''),
    value: addedLater,
  },
  {
    name: 'set_aside',
    width_px: 96,
    end: true,
    label: labelled('runs.column.aside'),
    cell: (run, format) => (run.set_aside_total ? format.count(run.set_aside_total) : ''),
    value: (run) => run.set_aside_total ?? '',
  },
]

/** Values that were added after the end, with user and time; of several, the newest. */
function addedLater(run: RunSummary): string {
  const shown = run.added_later ?? []
  const values = shown.map(
    ({ kind, name, value, by, added }) =>
      `${kind === 'parameter' ? 'params' : 'metrics'}.${name} = ${plainValue(value)} (${by.name ?? by.id}, ${added})`,
  )
  const hidden = (run.added_later_total ?? shown.length) - shown.length
  return (hidden > 0 ? [`(${hidden} …)`, ...values] : values).join('; ')
}

export const fixedColumns: readonly Column[] = fixed
export const defaultColumns = ['handle', 'state', 'name', 'command', 'tags', 'project', 'submitted', 'duration']

const ordersOf = (name: string) => [`-${name}`, name]

/** Whether an order has the greatest value first. */
export const isDescending = (sort: string): boolean => sort === 'newest' || sort === 'longest' || sort.startsWith('-')

/** The column of that name: a column of Hven, `params.KEY`, `metrics.KEY` or `tags.KEY`. */
export function columnOf(name: string): Column | undefined {
  const known = fixed.find((column) => column.name === name)
  if (known) return known
  const dot = name.indexOf('.')
  const key = name.slice(dot + 1)
  if (dot < 0 || key === '') return undefined
  if (name.startsWith('params.')) return paramColumn(name, key)
  if (name.startsWith('metrics.')) return metricColumn(name, key)
  if (name.startsWith('tags.')) return tagColumn(name, key)
  return undefined
}

function paramColumn(name: string, key: string): Column {
  const value = (run: RunSummary) => {
    const found = run.params[key]
    return found === undefined
      ? ''
      : typeof found === 'number'
        ? found
        : typeof found === 'string'
          ? found
          : JSON.stringify(found)
  }
  return {
    name,
    width_px: 110,
    end: true,
    sorts: ordersOf(quantityName('params', key)),
    label: () => key,
    cell: (run, format) => {
      const found = value(run)
      return typeof found === 'number' ? format.value(found) : found
    },
    value,
  }
}

/** A tag with a value that another program set, such as MLflow. */
function tagColumn(name: string, key: string): Column {
  const value = (run: RunSummary) => run.named_tags?.[key] ?? ''
  return {
    name,
    width_px: 140,
    sorts: ordersOf(quantityName('tags', key)).toReversed(),
    label: () => key,
    cell: value,
    value,
  }
}

function metricColumn(name: string, key: string): Column {
  const last = (run: RunSummary) => run.metrics.find((metric) => metric.key === key)?.last
  return {
    name,
    width_px: 110,
    end: true,
    sorts: ordersOf(quantityName('metrics', key)),
    label: () => key,
    cell: (run, format) => {
      const found = last(run)
      return found === undefined ? '' : format.value(toNumber(found))
    },
    value: (run) => last(run) ?? '',
  }
}
