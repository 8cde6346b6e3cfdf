// Pieces of a log without those that were written over, as overwritten.rs of hven-app leaves them out: a bar that is drawn
// for hours shows one state. A piece goes as a whole, and only when a later one takes the place of all that it has; so what
// is left makes the same lines.
import type { LogChunk } from '../api/types'
import { tellsOfGap, withoutLastReturns } from './log_lines'

/** How a line goes on behind a piece: with nothing that is known of, with text, or with a state that takes its place. */
type Behind = 'nothing' | 'text' | 'newState'

export function withoutOverwritten(chunks: readonly LogChunk[]): LogChunk[] {
  const behind = new Map<string, Behind>()
  const kept: LogChunk[] = []
  for (const chunk of [...chunks].reverse()) {
    if (tellsOfGap(chunk)) behind.clear()
    const { source, text } = chunk
    // What stands before its first end of a line belongs to the line that is open before the piece.
    const end = text.indexOf('\n')
    const before = behind.get(source) ?? 'nothing'
    if (end < 0 && before === 'newState') continue
    kept.push(chunk)
    behind.set(source, end < 0 ? behindWith(text, before) : behindWith(text.slice(0, end), 'nothing'))
  }
  return kept.reverse()
}

/** How a line goes on behind what comes before some text of it. */
function behindWith(text: string, behind: Behind): Behind {
  const shown = withoutLastReturns(text)
  if (behind === 'newState') return 'newState'
  if (behind === 'text') return text.includes('\r') ? 'newState' : 'text'
  if (shown.includes('\r')) return 'newState'
  return shown === '' ? 'nothing' : 'text'
}
