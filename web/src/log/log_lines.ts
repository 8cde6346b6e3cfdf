// Joins the pieces of a log into lines, as log_line.rs of hven-core does. A piece is one write of the program, so a
// line may be split between two pieces, and the pieces of stdout and stderr are interleaved: each output has its own
// unfinished line. A carriage return moves to the start of the line, and the following text replaces the line. So a
// progress bar is one line that shows its last state. The line stands where this state started, as in a terminal.
import type { LogChunk } from '../api/types'
import { ansiSpans, type SpanStyle } from './ansi'

export interface LogLine {
  /** The offset in the stream of the piece in which the shown text starts. */
  offset: number
  /** The offset in the stream at which the line ends; for an unfinished line, the end of its present bytes. */
  to: number
  source: string
  time: string
  text: string
  /** The style that the line before left on. */
  style: SpanStyle | undefined
}

/** A longer line is split into several, so that a file without line ends stays readable and fast. */
export const lineLength_max = 4000

/** The bytes before the text of a piece in the stream. */
const head_bytes = 13

/** Hven's notes in place of lost bytes. The text after such a note does not continue the text before it. */
const gapNote = /^\d+ bytes of the log (?:were dropped here\.|are lost: )/
export const isGapNote = (chunk: LogChunk): boolean => chunk.source === 'hven' && gapNote.test(chunk.text)

/** The effect of some text, up to a line end, on the unfinished line of its output. */
interface Step {
  /** The text contained a carriage return before this part: the part is a new state. */
  isNewState: boolean
  text: string
  /** A carriage return follows. */
  returns: boolean
  ends: boolean
  /** The offset in the stream at which its bytes end, and how many of them follow the text. */
  to: number
  tail: number
}

function stepOf(piece: string, to: number): Step {
  const ends = piece.endsWith('\n')
  const line = ends ? piece.slice(0, -1) : piece
  const whole = withoutLastReturns(line)
  const start = whole.lastIndexOf('\r') + 1
  return {
    isNewState: start > 0,
    text: whole.slice(start),
    returns: whole.length < line.length,
    ends,
    to,
    tail: piece.length - whole.length,
  }
}

/** The text without its trailing carriage returns. */
export function withoutLastReturns(text: string): string {
  let end = text.length
  while (end > 0 && text[end - 1] === '\r') end -= 1
  return text.slice(0, end)
}

/** The unfinished line of one output. */
interface Open {
  /** The state of the line, as one shown line or several. */
  shown: LogLine[]
  /** A carriage return was read: the following text is a new state. */
  hasReturned: boolean
  /** The style after the shown text. */
  style: SpanStyle | undefined
}

export class LogLines {
  readonly lines: LogLine[] = []
  private readonly open = new Map<string, Open>()
  private readonly styles = new Map<string, SpanStyle | undefined>()
  private readonly decoders = new Map<string, TextDecoder>()
  private readonly encoder = new TextEncoder()

  append(chunk: LogChunk) {
    if (isGapNote(chunk)) this.breakOff()
    let at = chunk.offset + head_bytes
    for (const piece of piecesOf(this.textOf(chunk))) {
      at = Math.min(at + this.bytesOf(piece), chunk.next)
      this.take(chunk, stepOf(piece, at))
    }
  }

  /** A piece that is not valid UTF-8 by itself comes with its bytes: a character may be split between two pieces. */
  private textOf(chunk: LogChunk): string {
    const decoder = this.decoders.get(chunk.source)
    if (chunk.base64) {
      const bytes = Uint8Array.from(atob(chunk.base64), (char) => char.charCodeAt(0))
      const used = decoder ?? new TextDecoder()
      this.decoders.set(chunk.source, used)
      return used.decode(bytes, { stream: true })
    }
    this.decoders.delete(chunk.source)
    return decoder === undefined ? chunk.text : decoder.decode() + chunk.text
  }

  private bytesOf(text: string): number {
    return text === '' ? 0 : this.encoder.encode(text).length
  }

  private take(chunk: LogChunk, step: Step) {
    const open = this.openLine(chunk.source)
    if (step.isNewState || (open.hasReturned && step.text !== '')) this.takeBack(open)
    this.write(open, chunk, step)
    open.hasReturned = step.returns || (open.hasReturned && step.text === '')
    if (step.ends && open.shown.length === 0) this.begin(open, chunk)
    const last = open.shown.at(-1)
    if (last !== undefined) last.to = step.to
    if (step.ends) this.end(chunk.source, open)
  }

  private openLine(source: string): Open {
    const open = this.open.get(source) ?? { shown: [], hasReturned: false, style: this.styles.get(source) }
    this.open.set(source, open)
    return open
  }

  /** Removes the shown state, because a new one replaces it. The new state starts without the style of the old one. */
  private takeBack(open: Open) {
    for (const line of open.shown.reverse()) this.lines.splice(this.lines.lastIndexOf(line), 1)
    open.shown = []
    open.style = undefined
  }

  private write(open: Open, chunk: LogChunk, step: Step) {
    for (let rest = step.text; rest !== ''; ) {
      let line = open.shown.at(-1)
      if (line === undefined || line.text.length >= lineLength_max) line = this.begin(open, chunk)
      const part = rest.slice(0, lineLength_max - line.text.length)
      line.text += part
      rest = rest.slice(part.length)
      line.to = step.to - step.tail - this.bytesOf(rest)
    }
  }

  private begin(open: Open, chunk: LogChunk): LogLine {
    const { offset, source, time } = chunk
    const before = open.shown.at(-1)
    if (before !== undefined) open.style = styleBehind(before)
    const line: LogLine = { offset, to: offset, source, time, text: '', style: open.style }
    open.shown.push(line)
    this.lines.push(line)
    return line
  }

  private end(source: string, open: Open) {
    const last = open.shown.at(-1)
    this.styles.set(source, last === undefined ? open.style : styleBehind(last))
    this.open.delete(source)
  }

  private breakOff() {
    for (const [source, open] of [...this.open]) this.end(source, open)
    this.decoders.clear()
  }
}

/** The text split after each line end. */
function piecesOf(text: string): string[] {
  const pieces: string[] = []
  for (let from = 0; from < text.length; ) {
    const end = text.indexOf('\n', from)
    const next = end < 0 ? text.length : end + 1
    pieces.push(text.slice(from, next))
    from = next
  }
  return pieces
}

/** The style that is still on after a line. */
function styleBehind(line: LogLine): SpanStyle | undefined {
  if (!line.text.includes('\x1b')) return line.style
  const { style } = ansiSpans(line.text, line.style)
  return Object.values(style).some((value) => value !== undefined) ? style : undefined
}

export function linesOf(chunks: readonly LogChunk[]): LogLines {
  const lines = new LogLines()
  for (const chunk of chunks) lines.append(chunk)
  return lines
}
