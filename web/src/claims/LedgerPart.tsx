// The ledger: how much was tried before the verdict, and by which rule that is counted. One run that holds says more than
// the best of a hundred.
import type { Judgement } from '../api/types'
import { useText } from '../messages/catalogue'
import style from './ClaimPage.module.css'
import { heldOut, tried } from './tried'

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
