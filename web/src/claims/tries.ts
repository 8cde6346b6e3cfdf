// The number of tries before a verdict, in words; the server has the same sentences in English.
import type { Judgement } from '../api/types'
import { keyFor, type Text } from '../messages/catalogue'

type Ledger = Judgement['ledger']

/** The runs that answer the same question as the evidence, as far as they could be counted. */
export function tried(ledger: Ledger, text: Text): string {
  const count = ledger.runs
  if (ledger.counted === 'by_name') return text('claim.tried.byName', { count })
  if (ledger.counted !== 'by_question') return text('claim.tried.unknown')
  const of = (ledger.questions ?? []).map((question) => asked(question, text)).join(text('claim.question.and'))
  if (count === 1) return text('claim.tried.only', { of })
  if ((ledger.questions ?? []).length > 1) return text('claim.tried.several', { count, of })
  return text(ledger.is_newest ? 'claim.tried.newest' : 'claim.tried.oneOf', { count, of })
}

/** The number of earlier readings of the hold-out; nothing without a hold-out. */
export function heldOut(ledger: Ledger, text: Text): string | undefined {
  const isHeldOut = (ledger.hold_outs ?? ledger.hold_out_reads) > 0
  return isHeldOut ? text('claim.heldOut.reads', { count: ledger.hold_out_reads }) : undefined
}

function asked({ kind, name, of }: NonNullable<Ledger['questions']>[number], text: Text): string {
  if (kind === 'recipe' && of) return text('claim.question.recipeFor', { name, of })
  const key = keyFor('claim.question', kind)
  return key ? text(key, { name }) : name
}
