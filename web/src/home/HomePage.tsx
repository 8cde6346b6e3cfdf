// The first page: running, waiting and recent runs.
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { overviewQuery, useServer } from '../api/server'
import type { RunSummary } from '../api/types'
import { useFormat } from '../format/format'
import { useBreadcrumb } from '../frame/Breadcrumb'
import { type MessageKey, useText } from '../messages/catalogue'
import { Facts } from '../parts/Facts'
import { Empty, Placeholder, Problem } from '../parts/Notice'
import { RunLines } from '../parts/RunLine'
import style from './HomePage.module.css'
import { RunnerFacts } from './RunnerFacts'

export function HomePage() {
  const text = useText()
  const format = useFormat()
  const { data, error } = useQuery(overviewQuery)
  useBreadcrumb(undefined, text('home.title'))
  if (error && !data) return <Problem error={error} />
  const counts = data?.runs
  const count = (state: string) => format.count(counts?.[state] ?? 0)
  return (
    <div className={style.page}>
      <header className={style.head}>
        <h1>{text('home.title')}</h1>
        <p>
          {counts &&
            text('home.summary', {
              running: count('running'),
              waiting: count('waiting'),
              done: count('done'),
              failed: count('failed'),
              total: format.count(Object.values(counts).reduce((sum, each) => sum + each, 0)),
            })}
        </p>
      </header>
      <div className={style.lists}>
        <Section
          title="home.running"
          none="home.running.none"
          state="running"
          runs={data?.running}
          total={counts?.running}
        />
        <Section
          title="home.waiting"
          none="home.waiting.none"
          state="waiting"
          runs={data?.waiting}
          total={counts?.waiting}
        />
        <Section
          title="home.recent"
          none="home.recent.none"
          command="hven run -- python3 train.py --lr 0.1"
          runs={data?.ended}
          total={undefined}
        />
      </div>
      <ServerSection />
    </div>
  )
}

interface SectionProps {
  title: MessageKey
  none: MessageKey
  state?: string
  command?: string
  runs: RunSummary[] | undefined
  total: number | undefined
}

function Section({ title, none, state, command, runs, total }: SectionProps) {
  const text = useText()
  const format = useFormat()
  const left = (total ?? 0) - (runs?.length ?? 0)
  return (
    <section className={style.section} aria-label={text(title)}>
      <div className={style.sectionHead}>
        <h2>{text(title)}</h2>
        {runs !== undefined && runs.length > 0 && (left > 0 || state === undefined) && (
          <Link to="/runs" search={{ state }}>
            {left > 0 ? text('home.more', { count: format.count(left) }) : text('home.all')}
          </Link>
        )}
      </div>
      {runs === undefined ? (
        <Placeholder lines={3} />
      ) : runs.length === 0 ? (
        <Empty command={command}>{text(none)}</Empty>
      ) : (
        <RunLines runs={runs} label={text(title)} />
      )}
    </section>
  )
}

/** The server, its home and its runners. */
function ServerSection() {
  const text = useText()
  const format = useFormat()
  const { data } = useServer()
  return (
    <aside className={style.house} aria-label={text('home.place')}>
      <h2>{text('home.place')}</h2>
      {data === undefined ? (
        <Placeholder lines={4} />
      ) : (
        <>
          <Facts
            lines={[
              { name: text('settings.server.version'), value: data.version },
              { name: text('settings.server.address'), value: data.url },
              { name: text('home.facts'), value: <Link to="/log">{format.count(data.facts)}</Link> },
              { name: text('home.database'), value: data.database },
            ]}
          />
          {data.runners.map((runner) => (
            <RunnerFacts key={runner.id} runner={runner} />
          ))}
        </>
      )}
    </aside>
  )
}
