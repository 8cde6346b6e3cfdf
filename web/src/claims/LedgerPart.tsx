// The ledger: how much was tried before the verdict. One run that holds says more than the best of a hundred.
import type { Judgement } from '../api/types'
import { useFormat } from '../format/format'
import { useText } from '../messages/catalogue'
import style from './ClaimPage.module.css'

export function LedgerPart({ ledger }: { ledger: Judgement['ledger'] }) {
  const text = useText()
  const format = useFormat()
  const lines = [
    ['claim.ledger.runs', ledger.runs],
    ['claim.ledger.designs', ledger.designs],
    ['claim.ledger.reads', ledger.hold_out_reads],
  ] as const
  return (
    <section aria-label={text('claim.ledger')}>
      <h2>{text('claim.ledger')}</h2>
      <ul className={style.ledger}>
        {lines.map(([key, count]) => (
          <li key={key}>
            <b>{format.count(count)}</b> {text(key, { count })}
          </li>
        ))}
      </ul>
    </section>
  )
}
