// The state of a dataset: whether it is retracted or suspect, whether its checks hold, and how many cells could not be
// read as written.
import type { DatasetSummary } from '../api/types'
import { useFormat } from '../format/format'
import { useText } from '../messages/catalogue'
import { SoundnessMark } from '../parts/SoundnessMark'
import { VerdictShape } from '../parts/Verdict'
import style from './CheckMarks.module.css'

type Marked = Pick<DatasetSummary, 'problems' | 'checks_failed' | 'soundness'>

export function CheckMarks({ dataset }: { dataset: Marked }) {
  const text = useText()
  const format = useFormat()
  const { problems, checks_failed } = dataset
  // The number 1 as a number chooses the singular.
  const counted = (count: number) => ({ count: count === 1 ? count : format.count(count) })
  return (
    <span className={style.marks}>
      <SoundnessMark soundness={dataset.soundness} />
      {checks_failed > 0 && (
        <span className={style.mark} data-state="fails">
          <VerdictShape verdict="fails" size={13} /> {text('data.checks.fail', counted(checks_failed))}
        </span>
      )}
      {problems > 0 && (
        <span className={style.mark} data-state="problems">
          <VerdictShape verdict="cannot_tell" size={13} /> {text('data.problems', counted(problems))}
        </span>
      )}
      {checks_failed + problems === 0 && (
        <span className={style.mark} data-state="sound">
          <VerdictShape verdict="holds" size={13} /> {text('data.sound')}
        </span>
      )}
    </span>
  )
}
