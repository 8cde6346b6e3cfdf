// The one shape of a noun's page: title line, one sentence, the main picture, facts at the right, and always in the same
// place why it is so and what rests on it.

import { Placeholder, Problem } from './Notice'
import style from './NounPage.module.css'

interface NounPageProps {
  /** What a reader must know before anything else: that it does not stand. */
  banner?: React.ReactNode
  title: React.ReactNode
  /** States, verdicts, who and when: beside the title. */
  badges?: React.ReactNode
  summary: React.ReactNode
  /** The summary tells of something that went wrong. */
  bad?: boolean
  side: React.ReactNode
  children: React.ReactNode
}

export function NounPage({ banner, title, badges, summary, bad = false, side, children }: NounPageProps) {
  return (
    <div className={style.page}>
      {banner}
      <header className={style.head}>
        <div className={style.titleLine}>
          <h1>{title}</h1>
          {badges}
        </div>
        <div className={style.summary} data-bad={bad}>
          {summary}
        </div>
      </header>
      <div className={style.main}>{children}</div>
      <div className={style.side}>{side}</div>
    </div>
  )
}

/** Holds the places of a page whose noun is on its way. */
export function NounPlaceholder({ name }: { name: string }) {
  return (
    <NounPage title={name} summary={<Placeholder lines={1} />} side={<Placeholder lines={8} />}>
      <Placeholder lines={6} />
    </NounPage>
  )
}

export function NounProblem({ name, error, onRetry }: { name: string; error: unknown; onRetry: () => void }) {
  return (
    <div className={style.head}>
      <h1>{name}</h1>
      <Problem error={error} onRetry={onRetry} />
    </div>
  )
}
