// The facts about a law: the data and method of its search, and its limits.
import { Link } from '@tanstack/react-router'
import type { LawDetail } from '../api/types'
import { useFormat } from '../format/format'
import { keyFor, useText } from '../messages/catalogue'
import { useLanguage } from '../messages/language'
import { Copyable } from '../parts/Copyable'
import { Facts } from '../parts/Facts'
import style from '../parts/NounPage.module.css'
import { Duration } from '../parts/Time'
import type { Candidate, LawDocument } from './law_document'
import { noteInWords } from './note_words'

interface LawFactsProps {
  detail: LawDetail
  law: LawDocument
  shown: Candidate
}

export function LawFacts({ detail, law, shown }: LawFactsProps) {
  const text = useText()
  const format = useFormat()
  const language = useLanguage()
  const { dataset, run } = detail
  const endingKey = keyFor('law.ending', law.ending)
  return (
    <aside className={style.facts} aria-label={text('run.facts')}>
      <h2>{text('run.facts')}</h2>
      <Facts
        lines={[
          dataset && {
            name: text('data.column.dataset'),
            value: (
              <Link to="/data/$dataset" params={{ dataset: dataset.id }}>
                {dataset.reference}
              </Link>
            ),
          },
          { name: text('law.target'), value: <code>{law.target}</code> },
          { name: text('law.inputs'), value: <code>{law.inputs.join(', ')}</code> },
          { name: text('data.column.rows'), value: format.count(law.rows) },
          law.rows_holdout > 0 && { name: text('law.rows.holdOut'), value: format.count(law.rows_holdout) },
          { name: text('law.evaluations'), value: format.count(law.evaluations) },
          { name: text('law.ended'), value: endingKey ? text(endingKey) : law.ending },
          run.wall_s != null && { name: text('run.fact.took'), value: <Duration taken_s={run.wall_s} /> },
          { name: text('law.evaluable'), value: <Copyable value={shown.text} /> },
          {
            name: text('runs.column.handle'),
            value: (
              <Link to="/r/$run" params={{ run: run.handle }}>
                {run.handle}
              </Link>
            ),
          },
        ]}
      />
      {law.notes.length > 0 && (
        <details className={style.notes}>
          <summary>{text('law.notes')}</summary>
          <ul>
            {law.notes.map((note) => (
              <li key={note}>{language === 'en' ? note : noteInWords(note, text)}</li>
            ))}
          </ul>
        </details>
      )}
    </aside>
  )
}
