// Puts pieces of a log together to lines. Pieces come as they were written, so a line may be cut between two, and
// what a program says on its two outputs is interleaved: each output has its own unfinished line.
import type { LogChunk } from '../api/types'
import { ansiSpans, type SpanStyle } from './ansi'

export interface LogLine {
  /** The place in the stream of the piece in which the line begins. */
  offset: number
  source: string
  time: string
  text: string
  /** The style that the line before it left switched on. */
  style: SpanStyle | undefined
}

/** A longer line is shown as several, so that a file without line ends stays readable and quick. */
export const lineLength_max = 4000

interface Open {
  line: LogLine
}

export class LogLines {
  readonly lines: LogLine[] = []
  private readonly open = new Map<string, Open>()
  private readonly styles = new Map<string, SpanStyle>()
  private readonly decoders = new Map<string, TextDecoder>()

  append(chunk: LogChunk) {
    const text = this.textOf(chunk)
    let from = 0
    while (from < text.length) {
      const end = text.indexOf('\n', from)
      this.put(chunk, text.slice(from, end < 0 ? undefined : end))
      if (end < 0) return
      this.close(chunk.source)
      from = end + 1
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

  private put(chunk: LogChunk, text: string) {
    let rest = text
    let open = this.open.get(chunk.source)
    while (open !== undefined || rest !== '' || text === '') {
      if (open === undefined) open = this.begin(chunk)
      const room = lineLength_max - open.line.text.length
      open.line.text += rest.slice(0, room)
      rest = rest.slice(room)
      if (rest === '') return
      this.close(chunk.source)
      open = undefined
    }
  }

  private begin(chunk: LogChunk): Open {
    const style = this.styles.get(chunk.source)
    const line: LogLine = { offset: chunk.offset, source: chunk.source, time: chunk.time, text: '', style }
    const open = { line }
    this.lines.push(line)
    this.open.set(chunk.source, open)
    return open
  }

  private close(source: string) {
    const open = this.open.get(source)
    this.open.delete(source)
    if (open === undefined || !open.line.text.includes('\x1b')) return
    const { style } = ansiSpans(open.line.text, open.line.style)
    if (Object.values(style).some((value) => value !== undefined)) this.styles.set(source, style)
    else this.styles.delete(source)
  }
}

export function linesOf(chunks: readonly LogChunk[]): LogLines {
  const lines = new LogLines()
  for (const chunk of chunks) lines.append(chunk)
  return lines
}
