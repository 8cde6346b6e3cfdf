// The page of a deleted run: the user who deleted it, when and why. Things that rest on it keep their places in the lineage.
import type { RunDetail } from '../api/types'
import { LineageAside } from '../lineage/LineageAside'
import { useText } from '../messages/catalogue'
import { Copyable } from '../parts/Copyable'
import { Facts } from '../parts/Facts'
import style from '../parts/NounPage.module.css'
import { runState } from '../parts/run_state'
import { StateBadge } from '../parts/StateBadge'
import { Time } from '../parts/Time'
import { SoundnessBanner } from '../soundness/SoundnessBanner'

const idShown = 8

/** `name` is the run's name in the address. */
export function DeletedRun({ run, name }: { run: RunDetail; name: string }) {
  const text = useText()
  const { deleted } = run
  if (!deleted) return null
  return (
    <div className={style.page}>
      <SoundnessBanner of={`run/${run.id}`} soundness={run.soundness} suspicion={run.suspicion} />
      <header className={style.head}>
        <div className={style.titleLine}>
          <h1>
            <span className={style.handle}>{run.handle}</span>
          </h1>
          <StateBadge state={runState(run.state)} />
        </div>
        <p className={style.summary}>{text('deleted.summary')}</p>
      </header>
      <div className={style.main}>
        <aside className={style.facts} aria-label={text('deleted.title')}>
          <h2>{text('deleted.title')}</h2>
          <Facts
            lines={[
              { name: text('deleted.by'), value: deleted.by.name ?? deleted.by.kind },
              { name: text('deleted.time'), value: <Time at={deleted.time} /> },
              { name: text('deleted.because'), value: deleted.because },
              { name: text('run.fact.id'), value: <Copyable value={run.id} shown={run.id.slice(0, idShown)} /> },
            ]}
          />
          <p>{text('deleted.stays')}</p>
        </aside>
      </div>
      <div className={style.side}>
        <LineageAside
          of={name}
          node={`run/${run.id}`}
          called={run.handle}
          project={run.project}
          none={text('deleted.why.none')}
          noneRests={text('run.rests.none')}
        />
      </div>
    </div>
  )
}
