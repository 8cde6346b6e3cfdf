// The report of one reproduction: the verdict, in what the surroundings differed, the metrics with both values, and
// each output with the places in which it differs.
import { Link } from '@tanstack/react-router'
import type { Reproduction } from '../api/types'
import { useFormat } from '../format/format'
import { useText } from '../messages/catalogue'
import { Time } from '../parts/Time'
import { filesOf, levelOf, metricsOf } from './comparison'
import { FilePart } from './FilePart'
import { LevelBadge } from './LevelBadge'
import { MetricTable } from './MetricTable'
import style from './Reproduction.module.css'

export function Report({ reproduction }: { reproduction: Reproduction }) {
  const text = useText()
  const { run, again, surroundings } = reproduction
  const files = filesOf(reproduction.comparison)
  const canCompare = again != null && levelOf(reproduction.level) !== 'cannot_rerun'
  return (
    <article className={style.report} aria-label={text('reproduction.report')}>
      <Head reproduction={reproduction} />
      {surroundings.length > 0 && (
        <section aria-label={text('reproduction.surroundings')}>
          <h3>{text('reproduction.surroundings')}</h3>
          <ul className={style.list}>
            {surroundings.map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
        </section>
      )}
      {canCompare && <MetricTable run={run.handle} again={again.handle} differing={metricsOf(reproduction.metrics)} />}
      {canCompare && files && files.length > 0 && (
        <section aria-label={text('reproduction.outputs')} className={style.files}>
          <h3>{text('reproduction.outputs')}</h3>
          {files.map((file) => (
            <FilePart key={file.path} file={file} run={run.handle} again={again.handle} />
          ))}
        </section>
      )}
      {canCompare && files === undefined && <p className={style.quiet}>{text('reproduction.noComparison')}</p>}
    </article>
  )
}

function Head({ reproduction }: { reproduction: Reproduction }) {
  const text = useText()
  const format = useFormat()
  const { level, because, again, judged, judged_by, same_bytes, same_within, differs } = reproduction
  const counts = (
    [
      ['reproduction.count.same', same_bytes],
      ['reproduction.count.within', same_within],
      ['reproduction.count.differs', differs],
    ] as const
  ).filter(([, count]) => count > 0)
  const isStuck = levelOf(level) === 'cannot_rerun'
  return (
    <header className={style.head} data-level={levelOf(level)}>
      <p className={style.word}>
        <LevelBadge level={level} size={26} />
      </p>
      {because && (
        <p className={isStuck ? style.reason : style.because}>
          {isStuck && <b>{text('reproduction.exactly')} </b>}
          {because}
        </p>
      )}
      {counts.length > 0 && (
        <p>{counts.map(([key, count]) => text(key, { count: count === 1 ? 1 : format.count(count) })).join(' · ')}</p>
      )}
      <p className={style.quiet}>
        {text('reproduction.judgedBy', { user: judged_by.name ?? judged_by.kind })} · <Time at={judged} />
        {again && (
          <>
            {' '}
            · {text('reproduction.as')}{' '}
            <Link to="/r/$run" params={{ run: again.handle }}>
              {again.handle}
            </Link>
          </>
        )}
      </p>
    </header>
  )
}
