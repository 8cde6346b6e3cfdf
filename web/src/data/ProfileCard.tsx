// The content of one column: its histogram or its most frequent values, its median, its least and greatest value, and
// missing cells.
import { useState } from 'react'
import { useFormat } from '../format/format'
import { useText } from '../messages/catalogue'
import { type Cell, type Column, cellText, isNumeric } from './cells'
import type { Profile } from './documents'
import { binLabel, edgeText, shareOf } from './histogram'
import style from './ProfileCard.module.css'

const frequentShown = 5

export function ProfileCard({ column, profile }: { column: Column; profile: Profile }) {
  const text = useText()
  const format = useFormat()
  const all = profile.count + profile.nulls
  const missing = profile.nulls + (profile.nans ?? 0)
  return (
    <section className={style.card} aria-label={column.name}>
      <h3 title={column.description ?? column.name}>
        <span>{column.name}</span>
        {column.unit && <span className={style.unit}>({column.unit})</span>}
        <span className={style.type}>{column.type}</span>
      </h3>
      {profile.histogram && profile.histogram.counts.length > 0 ? (
        <Histogram column={column} histogram={profile.histogram} />
      ) : (
        <FrequentValues profile={profile} />
      )}
      <p className={style.facts}>
        <span>
          {text('data.distinct')}{' '}
          <b>{`${profile.distinct.exact ? '' : '≈ '}${format.count(profile.distinct.count)}`}</b>
        </span>
        {isNumeric(column) && profile.mean != null && (
          <span>
            {text('data.mean')} <b>{format.value(profile.mean)}</b>
            {profile.stddev != null && ` ± ${format.value(profile.stddev, 3)}`}
          </span>
        )}
        {missing > 0 && (
          <span className={style.missing}>
            {text('data.missing', { count: format.count(missing), share: shareOf(missing, all) })}
          </span>
        )}
      </p>
    </section>
  )
}

function Histogram({ column, histogram }: { column: Column; histogram: NonNullable<Profile['histogram']> }) {
  const text = useText()
  const format = useFormat()
  const [hovered, setHovered] = useState<number>()
  const { edges, counts, below = 0, above = 0 } = histogram
  const most = Math.max(1, ...counts)
  const value = (edge: number) => format.value(edge, 5)
  const label = (at: number) => binLabel(edges, at, (edge) => edgeText(column.type, edge, value))
  return (
    <>
      <svg
        className={style.bars}
        viewBox={`0 0 ${counts.length} 40`}
        preserveAspectRatio="none"
        role="img"
        aria-label={text('data.histogram', { name: column.name, from: label(0), count: counts.length })}
        onPointerLeave={() => setHovered(undefined)}
      >
        {counts.map((count, at) => (
          <g key={edges[at]} onPointerEnter={() => setHovered(at)} data-hovered={hovered === at || undefined}>
            <rect x={at} y={0} width={1} height={40} className={style.reach} />
            <rect x={at + 0.04} y={40 - (38 * count) / most} width={0.92} height={(38 * count) / most} />
          </g>
        ))}
      </svg>
      <p className={style.axis}>
        {hovered === undefined ? (
          <>
            <span>{edgeText(column.type, edges[0] ?? 0, value)}</span>
            {below + above > 0 && <span>{text('data.beyond', { count: format.count(below + above) })}</span>}
            <span>{edgeText(column.type, edges.at(-1) ?? 0, value)}</span>
          </>
        ) : (
          <>
            <span>{label(hovered)}</span>
            <b>{format.count(counts[hovered] ?? 0)}</b>
          </>
        )}
      </p>
    </>
  )
}

function FrequentValues({ profile }: { profile: Profile }) {
  const text = useText()
  const format = useFormat()
  const frequent = (profile.frequent ?? []).slice(0, frequentShown)
  if (frequent.length === 0) return <p className={style.none}>{text('data.noValues')}</p>
  const most = Math.max(1, ...frequent.map(({ count }) => count))
  const shown = (value: Cell) => (value === '' ? text('data.emptyText') : cellText(value))
  return (
    <ol className={style.frequent}>
      {frequent.map(({ value, count }) => (
        <li key={`${typeof value} ${value}`} title={shown(value)}>
          <span className={style.share} style={{ width: `${(100 * count) / most}%` }} />
          <span className={style.value}>{shown(value)}</span>
          <span className={style.count}>{format.count(count)}</span>
        </li>
      ))}
    </ol>
  )
}
