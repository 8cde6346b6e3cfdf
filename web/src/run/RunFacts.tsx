// The facts about a run, at the right of its page.
import { Link } from '@tanstack/react-router'
import { useServer } from '../api/server'
import type { RunDetail, RunName } from '../api/types'
import { useFormat } from '../format/format'
import { useText } from '../messages/catalogue'
import { Copyable } from '../parts/Copyable'
import { Facts } from '../parts/Facts'
import style from '../parts/NounPage.module.css'
import { describeReserved, describeResources } from '../parts/resources'
import { hasEnded } from '../parts/run_state'
import { Duration, Time } from '../parts/Time'
import { LevelBadge } from '../reproduction/LevelBadge'
import { describeLimits } from './limits'
import { describeStdin } from './stdin'

const idShown = 8
/** An end that is recorded within this time counts as recorded at once. */
const atOnce_ms = 5000

/** The time at which the end was recorded, if that was later: the server was not running, or its disk was full. */
function recordedLate({ ended, end_recorded }: RunDetail): string | undefined {
  if (!ended || !end_recorded) return undefined
  return Date.parse(end_recorded) - Date.parse(ended) > atOnce_ms ? end_recorded : undefined
}

function RunLinks({ runs }: { runs: RunName[] }) {
  return runs.map(({ id, handle }, at) => (
    <span key={id}>
      {at > 0 && ', '}
      <Link to="/r/$run" params={{ run: handle }}>
        {handle}
      </Link>
    </span>
  ))
}

export function RunFacts({ run }: { run: RunDetail }) {
  const text = useText()
  const format = useFormat()
  const attempt = run.attempt_list.at(-1)
  const runner = useServer().data?.runners.find((each) => each.id === attempt?.runner)
  const { spec, external, usage, queue } = run
  const reserved = describeReserved(attempt?.units ?? {})
  const limits = spec && describeLimits(spec.limits, text, format)
  const stdin = describeStdin(run, text, format)
  const recorded = recordedLate(run)
  const commit = spec?.code?.kind === 'git' ? spec.code.commit : undefined
  const cpu_s = usage ? usage.cpu_user_s + usage.cpu_system_s : run.cpu_s
  const memory_bytes = usage?.memory_max_bytes ?? run.memory_max_bytes
  return (
    <aside className={style.facts} aria-label={text('run.facts')}>
      <h2>{text('run.facts')}</h2>
      <Facts
        lines={[
          { name: text('run.fact.command'), value: <Copyable value={run.command} /> },
          external && { name: text('run.fact.reporter'), value: external.source },
          external?.host && { name: text('run.fact.host'), value: external.host },
          external?.folder && { name: text('run.fact.folder'), value: <Copyable value={external.folder} /> },
          external?.parent && {
            name: text('run.fact.parent'),
            value: (
              <Link to="/r/$run" params={{ run: external.parent }}>
                {external.parent.slice(0, idShown)}…
              </Link>
            ),
          },
          spec?.cwd && { name: text('run.fact.folder'), value: <Copyable value={spec.cwd} /> },
          {
            name: text('word.project'),
            value: (
              <Link to="/runs" search={{ project: run.project }}>
                {run.project}
              </Link>
            ),
          },
          stdin && { name: text('run.fact.stdin'), value: stdin },
          { name: text('run.fact.submitted'), value: <Time at={run.submitted} /> },
          run.started && { name: text('run.fact.started'), value: <Time at={run.started} /> },
          run.ended && { name: text('run.fact.ended'), value: <Time at={run.ended} /> },
          recorded && { name: text('run.fact.recorded'), value: <Time at={recorded} /> },
          run.started && {
            name: text('run.fact.took'),
            value: (
              <Duration
                from={run.started}
                to={run.ended ?? undefined}
                taken_s={hasEnded(run.state) ? (run.wall_s ?? undefined) : undefined}
              />
            ),
          },
          cpu_s ? { name: text('run.fact.cpu'), value: format.duration(cpu_s) } : undefined,
          memory_bytes ? { name: text('run.fact.memory'), value: format.bytes(memory_bytes) } : undefined,
          usage?.read_bytes ? { name: text('run.fact.read'), value: format.bytes(usage.read_bytes) } : undefined,
          usage?.written_bytes
            ? { name: text('run.fact.written'), value: format.bytes(usage.written_bytes) }
            : undefined,
          spec && { name: text('run.fact.asked'), value: describeResources(spec.resources, text, format) },
          reserved && { name: text('run.fact.reserved'), value: reserved },
          limits && { name: text('run.fact.limits'), value: limits },
          queue?.priority ? { name: text('run.fact.priority'), value: String(queue.priority) } : undefined,
          queue?.start_by && { name: text('run.fact.startBy'), value: <Time at={queue.start_by} /> },
          queue?.after.length ? { name: text('run.fact.after'), value: <RunLinks runs={queue.after} /> } : undefined,
          run.outcome_detail && { name: text('run.fact.exit'), value: String(run.outcome_detail.exit_status) },
          run.made_again && {
            name: text('reproduction.title'),
            value: (
              <Link to="/r/$run" params={{ run: run.handle }} search={{ tab: 'reproductions' }}>
                <LevelBadge level={run.made_again.level} ofValue={run.made_again.outputs_compared === 0} />
              </Link>
            ),
          },
          run.attempts > 1 && { name: text('run.fact.attempts'), value: format.count(run.attempts) },
          runner && { name: text('run.fact.host'), value: runner.host },
          commit && {
            name: text('run.fact.commit'),
            value: <Copyable value={commit} shown={commit.slice(0, idShown)} />,
          },
          { name: text('run.fact.id'), value: <Copyable value={run.id} shown={`${run.id.slice(0, idShown)}…`} /> },
        ]}
      />
    </aside>
  )
}
