import { expect, test } from 'vitest'
import { ansiSpans } from './ansi'

const spans = (line: string) => ansiSpans(line).spans

test('colours and weights become spans', () => {
  expect(spans('\x1b[31merror\x1b[0m: \x1b[1;4mbad\x1b[22m news')).toEqual([
    { text: 'error', colour: 1 },
    { text: ': ' },
    { text: 'bad', bold: true, underline: true },
    { text: ' news', bold: undefined, faint: undefined, underline: true },
  ])
})

test('a style continues in the next line', () => {
  const { style } = ansiSpans('\x1b[32mgreen')
  expect(ansiSpans('still', style).spans).toEqual([{ text: 'still', colour: 2 }])
})

test('256 colours and 24-bit colours map to one of the sixteen', () => {
  expect(spans('\x1b[38;5;9mred')[0]?.colour).toBe(9)
  expect(spans('\x1b[38;5;196mred')[0]?.colour).toBe(1)
  expect(spans('\x1b[38;2;10;200;20mgreen')[0]?.colour).toBe(2)
  expect(spans('\x1b[38;2;10;200;20;1mgreen')[0]?.bold).toBe(true)
})

test.each([
  ['movement and erasing are dropped', '\x1b[2K\x1b[1Ghello\x1b[5;3H', 'hello'],
  ['titles are dropped', '\x1b]0;evil title\x07text', 'text'],
  ['links keep their text', '\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\', 'link'],
  ['other control characters are dropped', 'a\x00b\x08c\x7fd\x9be', 'abcde'],
  ['tabs stay', 'a\tb', 'a\tb'],
  ['an unfinished sequence is dropped', 'text\x1b', 'text'],
  ['marks of direction are shown', 'if \u202e admin\u200b', 'if \\u{202e} admin\\u{200b}'],
  ['emoji stay whole', '👩\u200d🔬', '👩\u200d🔬'],
  ['HTML is text', '<b>&amp;</b>', '<b>&amp;</b>'],
])('%s', (_name, line, shown) => {
  expect(
    spans(line)
      .map((span) => span.text)
      .join(''),
  ).toBe(shown)
})
