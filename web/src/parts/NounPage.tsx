// The common layout of a noun's page: title line, one sentence, the main picture, facts at the right, and always in the
// same position its upstream and downstream lineage.

import { Placeholder, Problem } from './Notice'
import style from './NounPage.module.css'

interface NounPageProps {
  /** A banner that a reader must see first: the thing is retracted or suspect. */
  banner?: React.ReactNode
  title: React.ReactNode
  /** States, verdicts, user and time: next to the title. */
  badges?: React.ReactNode
  summary: React.ReactNode
  /** The summary reports a failure. */
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

/** The placeholders of a page whose noun is loading. */
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
