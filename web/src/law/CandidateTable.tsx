// The front: all candidates, simplest first. The up and down keys move through them, Enter shows one.
import { useFormat } from '../format/format'
import { useText } from '../messages/catalogue'
import { moveAlong } from '../parts/row_keys'
import tableStyle from '../parts/Table.module.css'
import { TableFrame } from '../parts/TableFrame'
import { Formula } from './Formula'
import style from './LawPage.module.css'
import type { LawDocument } from './law_document'

interface CandidateTableProps {
  law: LawDocument
  chosen: string
  shown: string
  onShow: (id: string) => void
}

export function CandidateTable({ law, chosen, shown, onShow }: CandidateTableProps) {
  const text = useText()
  const format = useFormat()
  const holdOut = law.front.some(({ r2_holdout }) => r2_holdout != null)
  const { in_search, from_front } = law.removed_by_units
  return (
    <section aria-label={text('law.candidates')}>
      <h2>{text('law.candidates')}</h2>
      {in_search + from_front > 0 && (
        <p className={style.removed}>
          {text('law.removed', { search: format.count(in_search), front: format.count(from_front) })}
        </p>
      )}
      <TableFrame>
        <table className={`${tableStyle.table} ${style.candidates}`}>
          <thead>
            <tr>
              <th scope="col">{text('law.candidate')}</th>
              <th scope="col" className={tableStyle.number}>
                {text('law.complexity')}
              </th>
              <th scope="col" className={tableStyle.number}>
                R²
              </th>
              {holdOut && (
                <th scope="col" className={tableStyle.number}>
                  {text('law.holdOut')} R²
                </th>
              )}
              <th scope="col" className={`${tableStyle.number} ${tableStyle.wide}`}>
                {text('law.loss')}
              </th>
              <th scope="col">
                <span className="visually-hidden">{text('law.choice')}</span>
              </th>
            </tr>
          </thead>
          <tbody onKeyDown={(event) => moveAlong(event, 'th button')}>
            {law.front.map((candidate) => (
              <tr key={candidate.id} data-shown={candidate.id === shown || undefined}>
                <th scope="row">
                  <button
                    type="button"
                    className={style.look}
                    aria-pressed={candidate.id === shown}
                    onClick={() => onShow(candidate.id)}
                  >
                    <Formula>{candidate.display}</Formula>
                  </button>
                </th>
                <td className={tableStyle.number}>{format.count(candidate.complexity)}</td>
                <td className={tableStyle.number} title={String(candidate.r2)}>
                  {format.value(candidate.r2, 7)}
                </td>
                {holdOut && (
                  <td className={tableStyle.number} title={String(candidate.r2_holdout ?? '')}>
                    {candidate.r2_holdout != null && format.value(candidate.r2_holdout, 7)}
                  </td>
                )}
                <td className={`${tableStyle.number} ${tableStyle.wide}`} title={String(candidate.loss)}>
                  {format.value(candidate.loss, 4)}
                </td>
                <td>{candidate.id === chosen && <Chosen by={chosen === law.chosen ? 'rule' : 'person'} />}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableFrame>
    </section>
  )
}

function Chosen({ by }: { by: 'rule' | 'person' }) {
  const text = useText()
  return (
    <span className={style.chosen}>
      <svg aria-hidden="true" width="11" height="11" viewBox="0 0 12 12">
        <path d="M6 0.8 11.2 6 6 11.2 0.8 6z" fill="currentColor" />
      </svg>
      {text(by === 'rule' ? 'law.chosen' : 'law.chosen.person')}
    </span>
  )
}
