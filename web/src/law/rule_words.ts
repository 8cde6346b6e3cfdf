// Why the rule selected its candidate, in plain sentences: how much worse the next shorter formula fits the data, and
// how much better the next longer one.
import type { Format } from '../format/format'
import type { Text } from '../messages/catalogue'
import type { LawDocument } from './law_document'

/** From this ratio on, errors are described as a ratio instead of a percentage. */
const ratio_max = 1000

export function ruleSentences({ front, chosen }: LawDocument, text: Text, format: Format): string[] {
  const at = front.findIndex(({ id }) => id === chosen)
  const loss = front[at]?.loss
  if (loss === undefined) return []
  const shorter = errorRatio(front[at - 1]?.loss, loss)
  const longer = errorRatio(front[at + 1]?.loss, loss)
  return [
    text('law.rule.shortest'),
    ...(shorter === undefined ? [] : [shorterSentence(shorter, text, format)]),
    ...(longer === undefined ? [] : [longerSentence(longer, text, format)]),
  ]
}

/** The size of the errors of another candidate, as a multiple of those of the selected one. */
function errorRatio(other: number | undefined, own: number): number | undefined {
  if (other === undefined || !Number.isFinite(other) || !Number.isFinite(own)) return undefined
  return own > 0 ? Math.sqrt(other / own) : other > 0 ? Number.POSITIVE_INFINITY : 1
}

function shorterSentence(ratio: number, text: Text, format: Format): string {
  if (ratio > ratio_max) return text('law.rule.shorter.more', { ratio: format.count(ratio_max) })
  return text('law.rule.shorter', { ratio: format.value(ratio, 3) })
}

function longerSentence(ratio: number, text: Text, format: Format): string {
  const percent = (1 - ratio) * 100
  // Rounding may make a candidate that is as good look worse by 0 %.
  return percent < 0.05
    ? text('law.rule.longer.same')
    : text('law.rule.longer', { percent: format.value(percent, percent < 10 ? 2 : 3) })
}
