// The comparison of the texts that both runs printed. It stands next to the verdict and is not part of it.
import type { Printed } from '../api/types'
import { useFormat } from '../format/format'
import { useText } from '../messages/catalogue'
import { useSay } from '../messages/say'
import style from './Reproduction.module.css'

export function PrintedLine({ printed }: { printed: Printed }) {
  const text = useText()
  const format = useFormat()
  const say = useSay()
  const told = ({ is, line, why, why_said }: Printed['stdout']) => {
    if (is === 'nothing') return text('reproduction.printed.nothing')
    if (is === 'same') return text('reproduction.printed.same')
    if (is === 'differs') return text('reproduction.printed.differs', { line: format.count(line ?? 1) })
    return text('reproduction.printed.notKnown', { why: why_said ? say(why_said) : (why ?? '') })
  }
  return (
    <p className={style.quiet}>
      {text('reproduction.printed')} <code>stdout</code> {told(printed.stdout)} · <code>stderr</code>{' '}
      {told(printed.stderr)}
    </p>
  )
}
