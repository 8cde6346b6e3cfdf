import { expect, test } from 'vitest'
import { SseParser } from './sse_parser'

test('events are read, wherever the text is split', () => {
  const text = ': hello\n\nid: 7\nevent: fact\ndata: {"a":1}\n\ndata: one\ndata: two\r\n\r\n'
  const whole = new SseParser().push(text)
  expect(whole).toEqual([
    { id: '7', event: 'fact', data: '{"a":1}' },
    { id: '7', event: 'message', data: 'one\ntwo' },
  ])
  for (let cut = 1; cut < text.length; cut += 1) {
    const parser = new SseParser()
    expect([...parser.push(text.slice(0, cut)), ...parser.push(text.slice(cut))]).toEqual(whole)
  }
})

test('an unfinished event is not reported', () => {
  expect(new SseParser().push('data: half\n')).toEqual([])
})
