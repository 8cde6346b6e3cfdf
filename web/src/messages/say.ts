// Translates the sentences of the server into the reader's language: the catalogue has a text for the code, and the
// values are formatted by the unit at the end of their names. A sentence with an unknown code is shown in English, as
// the server sent it.
import { useMemo } from 'react'
import type { Sentence } from '../api/types'
import { type Format, useFormat } from '../format/format'
import { keyFor, type Text, useText } from './catalogue'

export type Say = (sentence: Sentence) => string

export function say(sentence: Sentence, text: Text, format: Format): string {
  const key = keyFor('say', sentence.code ?? '')
  if (key === undefined) return sentence.text
  const values = Object.entries(sentence.values ?? {}).map(([name, value]) => [
    name,
    written(name, value, text, format),
  ])
  return text(key, Object.fromEntries(values))
}

/** Values that are not quantities: a process number is not written as 12 345. */
const names = ['pid', 'exit', 'signal', 'seq']

/** Values that are one of a few words. The catalogue has a text for each word. */
const words = ['role', 'stream', 'end']

function written(name: string, value: unknown, text: Text, format: Format): string | number {
  if (isSentence(value)) return say(value, text, format)
  if (typeof value === 'number') {
    if (name.endsWith('_bytes')) return format.bytes(value)
    if (name.endsWith('_s')) return format.duration(value)
    // The number 1 as a number chooses the singular.
    return value === 1 || names.includes(name) ? value : format.count(value)
  }
  const word = String(value)
  if (name.endsWith('_time')) return format.exact(word)
  const key = words.includes(name) ? keyFor(name, word.replaceAll(' ', '_')) : undefined
  return key ? text(key) : word
}

export const isSentence = (value: unknown): value is Sentence =>
  typeof value === 'object' && value !== null && 'code' in value && 'text' in value

export function useSay(): Say {
  const text = useText()
  const format = useFormat()
  return useMemo(() => (sentence) => say(sentence, text, format), [text, format])
}
