// Says what the server said in the reader's language: its code is looked up in the catalogue, and its values are
// written with their units, which the ends of their names tell. A code that this version does not know is said in
// English, as it came.
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

/** Names that are no quantities: nobody writes process 12 345 with a gap. */
const names = ['pid', 'exit', 'signal', 'seq']

function written(name: string, value: unknown, text: Text, format: Format): string | number {
  if (isSentence(value)) return say(value, text, format)
  if (typeof value === 'number') {
    if (name.endsWith('_bytes')) return format.bytes(value)
    if (name.endsWith('_s')) return format.duration(value)
    // The number 1 itself chooses the singular.
    return value === 1 || names.includes(name) ? value : format.count(value)
  }
  const word = String(value)
  if (name.endsWith('_time')) return format.exact(word)
  const key = name === 'role' || name === 'stream' ? keyFor(name, word) : undefined
  return key ? text(key) : word
}

export const isSentence = (value: unknown): value is Sentence =>
  typeof value === 'object' && value !== null && 'code' in value && 'text' in value

export function useSay(): Say {
  const text = useText()
  const format = useFormat()
  return useMemo(() => (sentence) => say(sentence, text, format), [text, format])
}
