// How sound a dataset is, in one glance: whether its checks hold, and how many cells could not be read as they stand.
import type { DatasetSummary } from '../api/types'
import { useFormat } from '../format/format'
import { useText } from '../messages/catalogue'
import { VerdictShape } from '../parts/Verdict'
import style from './Soundness.module.css'

export function Soundness({ dataset }: { dataset: Pick<DatasetSummary, 'problems' | 'checks_failed'> }) {
  const text = useText()
  const format = useFormat()
  const { problems, checks_failed } = dataset
  // The number 1 itself chooses the singular.
  const counted = (count: number) => ({ count: count === 1 ? count : format.count(count) })
  return (
    <span className={style.marks}>
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
