// The reproductions of a run: each with its verdict, and the report of the selected one. A reproduction that is running
// is followed until its results are compared.

import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import { reproductionsQuery } from '../api/reproductions'
import { useRun } from '../api/runs'
import type { Reproduction, RunDetail } from '../api/types'
import { useText } from '../messages/catalogue'
import { useSay } from '../messages/say'
import { Answer } from '../parts/Answer'
import { Empty, Problem } from '../parts/Notice'
import { runState } from '../parts/run_state'
import { StateBadge } from '../parts/StateBadge'
import tableStyle from '../parts/Table.module.css'
import { TableFrame } from '../parts/TableFrame'
import { Time } from '../parts/Time'
import { reproductionName } from './comparison'
import { LevelBadge } from './LevelBadge'
import { Report } from './Report'
import style from './Reproduction.module.css'

const asked_ms = 1000

export function ReproductionsPart({ run, name }: { run: RunDetail; name: string }) {
  const text = useText()
  const { made } = useSearch({ from: '/r/$run' })
  const navigate = useNavigate({ from: '/r/$run' })
  const asked = useQuery({
    ...reproductionsQuery(name),
    // The verdict is recorded a moment after the reproducing run has ended.
    refetchInterval: ({ state }) => (made !== undefined && !isJudged(state.data, made) ? asked_ms : false),
  })
  return (
    <Answer asked={asked} lines={4}>
      {(items) => {
        const following = made !== undefined && !isJudged(items, made) ? made : undefined
        const shown = items.find((item) => reproductionName(item) === made) ?? (following ? undefined : items[0])
        return (
          <div className={style.part}>
            {following && <Following again={following} />}
            {items.length === 0 && !following && (
              <Empty command={`hven reproduce ${run.handle}`}>{text('reproduction.none')}</Empty>
            )}
            {items.length > 1 || (items.length > 0 && following) ? (
              <Times
                items={items}
                shown={shown}
                onShow={(made) => navigate({ search: { tab: 'reproductions', made }, replace: true })}
              />
            ) : null}
            {shown && <Report key={shown.judged} reproduction={shown} />}
          </div>
        )
      }}
    </Answer>
  )
}

const isJudged = (items: Reproduction[] | undefined, made: string) =>
  items?.some((item) => reproductionName(item) === made) ?? false

/** The run that reproduces it, until the verdict is recorded. */
function Following({ again }: { again: string }) {
  const text = useText()
  const { data: run, error, refetch } = useRun(again)
  const state = run?.state
  const line = useRef<HTMLParagraphElement>(null)
  // The button that started it is at the top of the page, and this part may be far below.
  useEffect(() => {
    line.current?.scrollIntoView({ block: 'center' })
  }, [])
  useEffect(() => {
    if (state === undefined) return
    const timer = setInterval(refetch, asked_ms)
    return () => clearInterval(timer)
  }, [state, refetch])
  if (error && !run) return <Problem error={error} onRetry={refetch} />
  return (
    <p ref={line} role="status" className={style.following}>
      {text('reproduction.following')}{' '}
      <Link to="/r/$run" params={{ run: again }}>
        {again}
      </Link>{' '}
      {run && <StateBadge state={runState(run.state)} />}
      {state === 'done' && ` · ${text('reproduction.comparing')}`}
    </p>
  )
}

interface TimesProps {
  items: Reproduction[]
  shown: Reproduction | undefined
  onShow: (made: string) => void
}

function Times({ items, shown, onShow }: TimesProps) {
  const text = useText()
  const say = useSay()
  const because = (item: Reproduction) => (item.because_said ? say(item.because_said) : item.because)
  return (
    <TableFrame>
      <table className={tableStyle.table} aria-label={text('reproduction.times')}>
        <thead>
          <tr>
            <th scope="col">{text('reproduction.verdict')}</th>
            <th scope="col">{text('reproduction.judged')}</th>
            <th scope="col">{text('reproduction.by')}</th>
            <th scope="col" className={tableStyle.wide}>
              {text('claim.because')}
            </th>
          </tr>
        </thead>
        <tbody>
          {items.map((item) => (
            <tr key={item.judged} aria-current={item === shown || undefined} className={style.time}>
              <th scope="row">
                <button type="button" onClick={() => onShow(reproductionName(item))}>
                  <LevelBadge level={item.level} ofValue={item.outputs_compared === 0} />
                </button>
              </th>
              <td>
                <Time at={item.judged} />
              </td>
              <td>
                {item.again && (
                  <Link to="/r/$run" params={{ run: item.again.handle }}>
                    {item.again.handle}
                  </Link>
                )}
              </td>
              <td className={tableStyle.wide} title={because(item) ?? undefined}>
                {because(item)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableFrame>
  )
}
