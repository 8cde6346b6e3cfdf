// Turns terminal output into styled text, safely: colours and weights are kept, every other control sequence is
// removed, characters that are invisible or change the direction of text are shown by their codes, and no text is ever
// interpreted as HTML.
import { safeText } from '../format/safe_text'

export interface Span {
  text: string
  /** 0–15, or undefined for the default text colour of the page. */
  colour?: number
  bold?: boolean
  faint?: boolean
  italic?: boolean
  underline?: boolean
}

export type SpanStyle = Omit<Span, 'text'>

// Control sequences (CSI), titles and links (OSC, DCS …), and other escapes; then all control characters except tab.
const control =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: this code parses control characters
  /\x1b\[([0-?]*)[ -/]*([@-~])|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[ -/]*[0-~]?|[\x00-\x08\x0b-\x1f\x7f-\x9f]/g

/** The spans of one line, and the style with which the next line continues. */
export function ansiSpans(line: string, from: SpanStyle = {}): { spans: Span[]; style: SpanStyle } {
  const spans: Span[] = []
  let style = from
  let at = 0
  const put = (text: string) => {
    if (text !== '') spans.push({ text: safeText(text), ...style })
  }
  for (const found of line.matchAll(control)) {
    put(line.slice(at, found.index))
    at = found.index + found[0].length
    if (found[2] === 'm') style = styleAfter(style, found[1] ?? '')
  }
  put(line.slice(at))
  return { spans, style }
}

function styleAfter(style: SpanStyle, parameters: string): SpanStyle {
  let next = { ...style }
  const codes = parameters.split(/[;:]/).map((code) => Number(code === '' ? 0 : code))
  for (let at = 0; at < codes.length; at += 1) {
    const code = codes[at] ?? 0
    if (code === 0) next = {}
    else if (code === 1) next.bold = true
    else if (code === 2) next.faint = true
    else if (code === 3) next.italic = true
    else if (code === 4) next.underline = true
    else if (code === 22) next = { ...next, bold: undefined, faint: undefined }
    else if (code === 23) next.italic = undefined
    else if (code === 24) next.underline = undefined
    else if (code >= 30 && code <= 37) next.colour = code - 30
    else if (code >= 90 && code <= 97) next.colour = code - 90 + 8
    else if (code === 39) next.colour = undefined
    else if (code === 38 || code === 48) {
      const [colour, skipped] = extendedColour(codes.slice(at + 1))
      if (code === 38) next.colour = colour
      at += skipped
    }
  }
  return next
}

/**
 * Maps 256-colour and 24-bit codes to the nearest of the sixteen colours, which have enough contrast in both themes.
 */
function extendedColour(codes: number[]): [number | undefined, number] {
  if (codes[0] === 5) {
    const index = codes[1] ?? 0
    if (index < 16) return [index, 2]
    if (index >= 232) return [index < 244 ? 8 : 7, 2]
    const cube = index - 16
    return [nearest(Math.floor(cube / 36) * 51, (Math.floor(cube / 6) % 6) * 51, (cube % 6) * 51), 2]
  }
  if (codes[0] === 2) return [nearest(codes[1] ?? 0, codes[2] ?? 0, codes[3] ?? 0), 4]
  return [undefined, 0]
}

function nearest(red: number, green: number, blue: number): number {
  const middle = 110
  return (red > middle ? 1 : 0) + (green > middle ? 2 : 0) + (blue > middle ? 4 : 0)
}
