// Whether a thing is sound: its own shape, a colour and the word. A sound thing has no mark.
import { useText } from '../messages/catalogue'
import style from './SoundnessMark.module.css'

export type SoundnessWord = 'sound' | 'suspect' | 'retracted'

/** A word that this version does not know counts as not sound. */
export const soundnessOf = (word: string | null | undefined): SoundnessWord =>
  word == null || word === 'sound' ? 'sound' : word === 'retracted' ? 'retracted' : 'suspect'

const shapes = {
  suspect: (
    <>
      <path d="M10 2 18.6 17.4H1.4z" fill="none" stroke="currentColor" strokeWidth="1.8" strokeLinejoin="round" />
      <path d="M10 7.4v4.8M10 14.6v.2" stroke="currentColor" strokeWidth="2" strokeLinecap="round" />
    </>
  ),
  retracted: (
    <>
      <rect x="1.6" y="1.6" width="16.8" height="16.8" rx="2" fill="currentColor" />
      <path d="M5 10h10" stroke="var(--sheet)" strokeWidth="2.6" strokeLinecap="round" />
    </>
  ),
}

export function SoundnessShape({ soundness, size = 14 }: { soundness: 'suspect' | 'retracted'; size?: number }) {
  return (
    <svg
      className={style.shape}
      data-soundness={soundness}
      aria-hidden="true"
      width={size}
      height={size}
      viewBox="0 0 20 20"
    >
      {shapes[soundness]}
    </svg>
  )
}

export function SoundnessMark({ soundness: word }: { soundness: string | null | undefined }) {
  const text = useText()
  const soundness = soundnessOf(word)
  if (soundness === 'sound') return null
  return (
    <span className={style.mark} data-soundness={soundness}>
      <SoundnessShape soundness={soundness} />
      {text(`soundness.${soundness}`)}
    </span>
  )
}
