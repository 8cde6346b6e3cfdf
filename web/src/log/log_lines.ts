// Puts pieces of a log together to lines, as log_line.rs of hven-core does. Pieces come as they were written, so a line may
// be cut between two, and what a program says on its two outputs is interleaved: each output has its own unfinished line.
//
// A carriage return goes back to the line's start, and the text behind it takes the place of what stood there: so a
// progress bar is one line, which shows its last state. It stands where this state began, as in a terminal.
import type { LogChunk } from '../api/types'
import { ansiSpans, type SpanStyle } from './ansi'

export interface LogLine {
  /** The place in the stream of the piece in which begins what is shown. */
  offset: number
  /** Where the line's bytes end in the stream; of an unfinished line, those that are there. */
  to: number
  source: string
  time: string
  text: string
  /** The style that was left switched on before it. */
  style: SpanStyle | undefined
}

/** A longer line is shown as several, so that a file without line ends stays readable and quick. */
export const lineLength_max = 4000

/** The bytes before a piece's text in the stream. */
const head_bytes = 13

/** Hven's notes in the place of what is gone; the text behind one does not go on from the text before it. */
const gapNote = /^\d+ bytes of the log (?:were dropped here\.|are lost: )/
export const tellsOfGap = (chunk: LogChunk): boolean => chunk.source === 'hven' && gapNote.test(chunk.text)

/** What some text of one output, up to the end of a line, does to its unfinished line. */
interface Step {
  /** Within the text a carriage return came before: it is a new state. */
  isNewState: boolean
  text: string
  /** A carriage return follows. */
  returns: boolean
  ends: boolean
  /** Where its bytes end in the stream, and how many of them are behind the text. */
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

/** The text without the carriage returns at its end. */
export function withoutLastReturns(text: string): string {
  let end = text.length
  while (end > 0 && text[end - 1] === '\r') end -= 1
  return text.slice(0, end)
}

/** The unfinished line of one output. */
interface Open {
  /** Its state, as one line or several. */
  shown: LogLine[]
  /** A carriage return came: the text behind it is a new state. */
  hasReturned: boolean
  /** The style that is on behind what is shown. */
  style: SpanStyle | undefined
}

export class LogLines {
  readonly lines: LogLine[] = []
  private readonly open = new Map<string, Open>()
  private readonly styles = new Map<string, SpanStyle | undefined>()
  private readonly decoders = new Map<string, TextDecoder>()
  private readonly encoder = new TextEncoder()

  append(chunk: LogChunk) {
    if (tellsOfGap(chunk)) this.breakOff()
    let at = chunk.offset + head_bytes
    for (const piece of piecesOf(this.textOf(chunk))) {
      at = Math.min(at + this.bytesOf(piece), chunk.next)
      this.take(chunk, stepOf(piece, at))
    }
  }

  /** Pieces that are no UTF-8 by themselves come with their bytes: a character may be cut between two. */
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

  /** A new state takes the place of what is shown. It begins plain, whatever the one before left switched on. */
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

/** Text cut behind each end of a line. */
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

/** What a line leaves switched on. */
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
