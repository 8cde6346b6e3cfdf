// The report of one reproduction: the verdict, the differences of the environment, the metrics with both values, and
// each output with the places that differ.
import { Link } from '@tanstack/react-router'
import type { Reproduction } from '../api/types'
import { useFormat } from '../format/format'
import { type MessageKey, useText } from '../messages/catalogue'
import { useSay } from '../messages/say'
import { Time } from '../parts/Time'
import { filesOf, levelOf, metricsOf } from './comparison'
import { FilePart } from './FilePart'
import { LevelBadge } from './LevelBadge'
import { MetricTable } from './MetricTable'
import { PrintedLine } from './PrintedLine'
import style from './Reproduction.module.css'

export function Report({ reproduction }: { reproduction: Reproduction }) {
  const text = useText()
  const { run, again, surroundings } = reproduction
  const files = filesOf(reproduction.comparison)
  const level = levelOf(reproduction.level)
  const canCompare = again != null && level !== 'cannot_rerun' && level !== 'nothing_to_compare'
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
      {canCompare && files === undefined && reproduction.outputs_compared !== 0 && (
        <p className={style.quiet}>{text('reproduction.noComparison')}</p>
      )}
    </article>
  )
}

function Head({ reproduction }: { reproduction: Reproduction }) {
  const text = useText()
  const format = useFormat()
  const say = useSay()
  const { level, because_said, again, judged, judged_by, same_bytes, same_within, differs } = reproduction
  const because = because_said ? say(because_said) : reproduction.because
  const told = (counts: readonly (readonly [MessageKey, number | null | undefined])[]) =>
    counts
      .filter(([, count]) => count)
      .map(([key, count]) => text(key, { count: count === 1 ? 1 : format.count(count ?? 0) }))
      .join(' · ')
  const compared = told([
    ['reproduction.compared.outputs', reproduction.outputs_compared],
    ['reproduction.compared.metrics', reproduction.metrics_compared],
  ])
  const counts = told([
    ['reproduction.count.same', same_bytes],
    ['reproduction.count.within', same_within],
    ['reproduction.count.differs', differs],
  ])
  const isStuck = levelOf(level) === 'cannot_rerun'
  return (
    <header className={style.head} data-level={levelOf(level)}>
      <p className={style.word}>
        <LevelBadge level={level} size={26} ofValue={reproduction.outputs_compared === 0} />
      </p>
      {because && (
        <p className={isStuck ? style.reason : style.because}>
          {isStuck && <b>{text('reproduction.exactly')} </b>}
          {because}
        </p>
      )}
      {compared && <p>{compared}</p>}
      {counts && <p>{counts}</p>}
      {reproduction.printed && <PrintedLine printed={reproduction.printed} />}
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
