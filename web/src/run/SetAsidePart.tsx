// Messages about a run that could not be recorded, such as invalid lines of $HVEN_METRICS: the messages, and why.
import type { RunDetail } from '../api/types'
import { useText } from '../messages/catalogue'
import style from '../parts/NounPage.module.css'

export function SetAsidePart({ run }: { run: RunDetail }) {
  const text = useText()
  const aside = run.set_aside ?? []
  if (aside.length === 0) return null
  const shown = aside.reduce((sum, { count }) => sum + count, 0)
  return (
    <details className={style.notes}>
      <summary>{text('run.aside', { count: run.set_aside_total ?? shown })}</summary>
      <ul>
        {aside.map(({ attempt, time, what, why, count, digest, excerpt }) => (
          <li key={`${attempt} ${time} ${what} ${digest}`} title={excerpt || undefined}>
            <span lang="en">
              <b>{what}</b>: {why}
            </span>
            {count !== 1 && ` (${text('run.aside.count', { count })})`}
          </li>
        ))}
      </ul>
    </details>
  )
}
