// A moment: relative to now in the text, exact with its offset on hover.
import { useNow } from '../format/clock'
import { useFormat } from '../format/format'

export function Time({ at }: { at: string }) {
  const format = useFormat()
  return (
    <time dateTime={at} title={format.exact(at)}>
      {format.ago(at, useNow())}
    </time>
  )
}

/** The duration of a thing, or the time since its start when it has not ended. */
export function Duration({ from, to, taken_s }: { from?: string; to?: string; taken_s?: number }) {
  const format = useFormat()
  if (taken_s !== undefined) return <span>{format.duration(taken_s)}</span>
  if (from === undefined) return null
  if (to !== undefined) return <span>{format.duration((Date.parse(to) - Date.parse(from)) / 1000)}</span>
  return <RunningDuration from={from} />
}

function RunningDuration({ from }: { from: string }) {
  const format = useFormat()
  const taken_s = Math.max(0, Math.floor((useNow() - Date.parse(from)) / 1000))
  return <span>{format.duration(Math.max(1, taken_s))}</span>
}
