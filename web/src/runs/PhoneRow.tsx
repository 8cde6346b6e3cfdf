// A run in the list on a phone: its name and state, and below them its command and its result.
import { Link } from '@tanstack/react-router'
import type { RunSummary } from '../api/types'
import { type Format, useFormat } from '../format/format'
import { toNumber } from '../format/numbers'
import { ArchivedIcon } from '../labels/ArchivedMark'
import { runState } from '../parts/run_state'
import { SoundnessMark, soundnessOf } from '../parts/SoundnessMark'
import { StateBadge } from '../parts/StateBadge'
import { Duration } from '../parts/Time'
import type { Column } from './columns'
import style from './PhoneRow.module.css'

const values_max = 2

export interface PhoneValue {
  name: string
  value: string
}

/** The result of a run: the metrics and parameters of the chosen columns, otherwise its last metric. */
export function phoneValues(run: RunSummary, columns: Column[], format: Format): PhoneValue[] {
  const chosen = columns.flatMap(({ name, value }) => {
    const key = /^(?:metrics|params|tags)\.(.+)$/.exec(name)?.[1]
    const found = value(run)
    if (key === undefined || found === '') return []
    return [{ name: key, value: typeof found === 'number' ? format.value(found) : found }]
  })
  const last = run.metrics.at(-1)
  const told = chosen.length === 0 && last ? [{ name: last.key, value: format.value(toNumber(last.last)) }] : chosen
  return told.slice(0, values_max)
}

export function PhoneRow({ run, columns }: { run: RunSummary; columns: Column[] }) {
  const format = useFormat()
  return (
    <span className={style.lines}>
      <span className={style.line}>
        <span role="gridcell" tabIndex={-1} className={style.handle}>
          <Link to="/r/$run" params={{ run: run.handle }} tabIndex={-1}>
            {run.handle}
          </Link>
        </span>
        <span role="gridcell" tabIndex={-1} className={style.state}>
          {soundnessOf(run.soundness) === 'sound' ? (
            <StateBadge state={runState(run.state)} />
          ) : (
            <SoundnessMark soundness={run.soundness} />
          )}
          {run.archived && <ArchivedIcon />}
        </span>
        <span role="gridcell" tabIndex={-1} className={style.name} title={run.name ?? ''}>
          {run.name}
        </span>
        <span role="gridcell" tabIndex={-1} className={style.quiet}>
          {run.started && (
            <Duration
              from={run.started}
              to={run.ended ?? undefined}
              taken_s={run.ended ? (run.wall_s ?? undefined) : undefined}
            />
          )}
        </span>
      </span>
      <span className={style.line}>
        <span role="gridcell" tabIndex={-1} className={style.command} title={run.command} data-column="command">
          <code>{run.command}</code>
        </span>
        <span role="gridcell" tabIndex={-1} className={style.values} data-column="metric">
          {phoneValues(run, columns, format).map(({ name, value }) => (
            <span key={name}>
              {name} <b>{value}</b>
            </span>
          ))}
        </span>
      </span>
    </span>
  )
}
