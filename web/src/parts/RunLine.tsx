// One run in one line: state, handle, name, and the details for which a short list has room.
import { Link } from '@tanstack/react-router'
import type { RunSummary } from '../api/types'
import { useFormat } from '../format/format'
import { toNumber } from '../format/numbers'
import { keyFor, useText } from '../messages/catalogue'
import { useSay } from '../messages/say'
import style from './RunLine.module.css'
import { runState } from './run_state'
import { SoundnessMark } from './SoundnessMark'
import { StateShape } from './StateBadge'
import { Duration, Time } from './Time'

export function RunLine({ run }: { run: RunSummary }) {
  const text = useText()
  const format = useFormat()
  const say = useSay()
  const state = runState(run.state)
  const stateKey = keyFor('state', run.state)
  const metric = run.metrics.at(-1)
  return (
    <Link to="/r/$run" params={{ run: run.handle }} className={style.line}>
      <span title={run.outcome_said ? say(run.outcome_said) : (run.outcome ?? undefined)} className={style.state}>
        <StateShape state={state} />
        <span className="visually-hidden">{stateKey ? text(stateKey) : run.state}</span>
      </span>
      <span className={style.handle}>{run.handle}</span>
      <span className={style.name} title={run.command}>
        <SoundnessMark soundness={run.soundness} /> {run.name ?? <code>{run.command}</code>}
      </span>
      {run.name && (
        <span className={style.command} title={run.command}>
          <code>{run.command}</code>
        </span>
      )}
      <span className={style.project} title={run.project}>
        {run.project}
      </span>
      <span className={style.metric} title={metric && `${metric.key} = ${metric.last}`}>
        {metric && (
          <>
            {metric.key} <b>{format.value(toNumber(metric.last))}</b>
          </>
        )}
      </span>
      <span className={style.took}>
        {run.ended ? (
          <Duration taken_s={run.wall_s ?? undefined} from={run.started ?? undefined} to={run.ended} />
        ) : (
          run.started && <Duration from={run.started} />
        )}
      </span>
      <span className={style.when}>{run.ended && <Time at={run.ended} />}</span>
    </Link>
  )
}

export function RunLines({ runs, label }: { runs: RunSummary[]; label: string }) {
  return (
    <ul className={style.lines} aria-label={label}>
      {runs.map((run) => (
        <li key={run.id}>
          <RunLine run={run} />
        </li>
      ))}
    </ul>
  )
}
