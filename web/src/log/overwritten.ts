// Removes overwritten pieces from a log, as overwritten.rs of hven-app does: a progress bar that was drawn for hours
// shows one state. A piece is removed as a whole, and only when a later piece replaces everything in it. So the
// remaining pieces make the same lines.
import type { LogChunk } from '../api/types'
import { isGapNote, withoutLastReturns } from './log_lines'

/** The next text on the line of a piece: nothing known, text, or a new state that replaces the line. */
type Behind = 'nothing' | 'text' | 'newState'

export function withoutOverwritten(chunks: readonly LogChunk[]): LogChunk[] {
  const behind = new Map<string, Behind>()
  const kept: LogChunk[] = []
  for (const chunk of [...chunks].reverse()) {
    if (isGapNote(chunk)) behind.clear()
    const { source, text } = chunk
    // The text before the first line end belongs to the line that is open before the piece.
    const end = text.indexOf('\n')
    const before = behind.get(source) ?? 'nothing'
    if (end < 0 && before === 'newState') continue
    kept.push(chunk)
    behind.set(source, end < 0 ? behindWith(text, before) : behindWith(text.slice(0, end), 'nothing'))
  }
  return kept.reverse()
}

/** The next text on the line, seen from before this text. */
function behindWith(text: string, behind: Behind): Behind {
  const shown = withoutLastReturns(text)
  if (behind === 'newState') return 'newState'
  if (behind === 'text') return text.includes('\r') ? 'newState' : 'text'
  if (shown.includes('\r')) return 'newState'
  return shown === '' ? 'nothing' : 'text'
}
