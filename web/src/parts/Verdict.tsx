// The verdict on a claim, or the result of a check: its own shape, a colour and the word, so that no reader needs the
// colour.
import { keyFor, useText } from '../messages/catalogue'
import style from './Verdict.module.css'

export type VerdictWord = 'holds' | 'fails' | 'cannot_tell' | 'not_judged'

const shapes: Record<VerdictWord, React.ReactNode> = {
  holds: (
    <>
      <circle cx="10" cy="10" r="8.6" fill="currentColor" />
      <path d="M5.8 10.4 8.8 13.4 14.4 6.9" fill="none" stroke="var(--sheet)" strokeWidth="2.2" />
    </>
  ),
  fails: (
    <>
      <path d="M6.6 1.8h6.8l4.8 4.8v6.8l-4.8 4.8H6.6l-4.8-4.8V6.6z" fill="currentColor" />
      <path d="M6.7 6.7l6.6 6.6M13.3 6.7l-6.6 6.6" stroke="var(--sheet)" strokeWidth="2.2" />
    </>
  ),
  cannot_tell: (
    <>
      <path d="M10 1.2 18.8 10 10 18.8 1.2 10z" fill="none" stroke="currentColor" strokeWidth="1.8" />
      <path
        d="M7.7 8.1a2.3 2.3 0 1 1 3.3 2.1c-.7.4-1 .8-1 1.6M10 14.1v.1"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.8"
        strokeLinecap="round"
      />
    </>
  ),
  not_judged: (
    <circle cx="10" cy="10" r="8" fill="none" stroke="currentColor" strokeWidth="1.8" strokeDasharray="3.2 3.1" />
  ),
}

export const isVerdict = (word: string): word is VerdictWord => word in shapes

/** The verdict for a word of the server; an unknown word becomes `cannot_tell`. */
export const verdictOf = (word: string | null | undefined): VerdictWord =>
  word == null ? 'not_judged' : isVerdict(word) ? word : 'cannot_tell'

export function VerdictShape({ verdict, size = 16 }: { verdict: VerdictWord; size?: number }) {
  return (
    <svg
      className={style.shape}
      data-verdict={verdict}
      aria-hidden="true"
      width={size}
      height={size}
      viewBox="0 0 20 20"
    >
      {shapes[verdict]}
    </svg>
  )
}

export function VerdictBadge({ verdict, size }: { verdict: VerdictWord; size?: number }) {
  const text = useText()
  const key = keyFor('verdict', verdict)
  return (
    <span className={style.badge} data-verdict={verdict}>
      <VerdictShape verdict={verdict} size={size} />
      {key ? text(key) : verdict}
    </span>
  )
}
