// The ledger: the number of tries before the verdict, and the rule that counts them. One run that holds is stronger
// evidence than the best of a hundred.
import type { Judgement } from '../api/types'
import { useText } from '../messages/catalogue'
import style from './ClaimPage.module.css'
import { heldOut, tried } from './tries'

export function LedgerPart({ ledger }: { ledger: Judgement['ledger'] }) {
  const text = useText()
  const read = heldOut(ledger, text)
  return (
    <section aria-label={text('claim.ledger')}>
      <h2>{text('claim.ledger')}</h2>
      <p className={style.ledger}>{tried(ledger, text)}</p>
      {ledger.counted === 'by_question' && <p className={style.rule}>{text('claim.tried.rule')}</p>}
      {read && <p className={style.ledger}>{read}</p>}
    </section>
  )
}
