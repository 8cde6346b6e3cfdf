// At the right of the top line: the numbers of running and waiting runs, and whether the page is connected.
import { Link } from '@tanstack/react-router'
import { useServer } from '../api/server'
import { useFormat } from '../format/format'
import { useConnection } from '../live/connection'
import { useText } from '../messages/catalogue'
import { StateShape } from '../parts/StateBadge'
import style from './LiveStatus.module.css'

export function LiveStatus() {
  const text = useText()
  const format = useFormat()
  const connection = useConnection()
  const counts = useServer().data?.runs
  return (
    <div className={style.live}>
      {counts !== undefined && (
        <>
          <Link to="/runs" search={{ state: 'running' }} title={text('live.running', { count: counts.running ?? 0 })}>
            <StateShape state="running" />
            <b>{format.count(counts.running ?? 0)}</b>
            <span>{text('state.running')}</span>
          </Link>
          <Link to="/runs" search={{ state: 'waiting' }} title={text('live.waiting', { count: counts.waiting ?? 0 })}>
            <StateShape state="waiting" />
            <b>{format.count(counts.waiting ?? 0)}</b>
            <span>{text('state.waiting')}</span>
          </Link>
        </>
      )}
      <span className={style.connection} data-connection={connection} title={text(`live.${connection}`)}>
        <svg aria-hidden="true" width="10" height="10" viewBox="0 0 10 10">
          {connection === 'connected' ? (
            <circle cx="5" cy="5" r="4" fill="currentColor" />
          ) : (
            <path d="M1.5 1.5l7 7M8.5 1.5l-7 7" stroke="currentColor" strokeWidth="1.8" />
          )}
        </svg>
        <span className="visually-hidden">{text(`live.${connection}`)}</span>
      </span>
    </div>
  )
}
