// Says that only the beginning of a file is shown.
import { useFormat } from '../format/format'
import { useText } from '../messages/catalogue'
import style from './Preview.module.css'

export function CutNote({ shown, size }: { shown: number; size: number }) {
  const text = useText()
  const format = useFormat()
  return (
    <p className={style.pager}>{text('run.output.large', { shown: format.bytes(shown), size: format.bytes(size) })}</p>
  )
}
