// The log of a run: of its last attempt, or of an earlier one.
import { useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import type { RunDetail } from '../api/types'
import { LogView } from '../log/LogView'
import { useText } from '../messages/catalogue'
import { useSay } from '../messages/say'
import inputStyle from '../parts/Input.module.css'
import { Empty } from '../parts/Notice'
import { hasEnded } from '../parts/run_state'

export function LogPart({ run, name }: { run: RunDetail; name: string }) {
  const text = useText()
  const say = useSay()
  const { find, regex, ignore_case, attempt: named, at } = useSearch({ from: '/r/$run' })
  const [chosen, setChosen] = useState(run.attempt_list.some(({ number }) => number === named) ? named : undefined)
  const attempt = chosen ?? Math.max(1, run.attempts)
  const isLast = attempt >= run.attempts
  const ended = hasEnded(run.state) || !isLast
  const given = run.attempt_list.find(({ number }) => number === attempt)
  // An attempt that its runner has not started yet prints nothing.
  const started = given !== undefined && (run.state !== 'waiting' || Boolean(given.ended))
  if (run.external) {
    return <Empty>{text('log.none.external')}</Empty>
  }
  if (run.attempts === 0 && ended) {
    return <Empty>{text(run.origin ? 'log.none.elsewhere' : 'log.none.never')}</Empty>
  }
  return (
    <>
      {run.attempts > 1 && (
        <label className={inputStyle.field}>
          <span>{text('run.fact.attempt')}</span>
          <select
            className={inputStyle.select}
            value={attempt}
            onChange={(event) => setChosen(Number(event.target.value))}
          >
            {run.attempt_list.map(({ number, retry_because, retry_said }) => (
              <option key={number} value={number}>
                {number}
                {retry_because ? ` · ${retry_said ? say(retry_said) : retry_because}` : ''}
              </option>
            ))}
          </select>
        </label>
      )}
      <LogView
        // Another match that a link names is another view.
        key={`${attempt} ${find ?? ''} ${at ?? ''}`}
        run={name}
        attempt={attempt}
        started={started}
        ended={ended}
        droppedBytes={isLast ? run.log_dropped_bytes : 0}
        place={run.state === 'done' ? 'start' : 'end'}
        find={find === undefined ? undefined : { q: find, regex, ignore_case, at: attempt === named ? at : undefined }}
      />
    </>
  )
}
