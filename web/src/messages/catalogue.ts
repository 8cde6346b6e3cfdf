// The one message catalogue: every text of the pages, in English and Simplified Chinese.

import type { Entry } from './entry'
import { currentLanguage, type Language, useLanguage } from './language'
import * as tables from './tables'

type Tables = typeof tables
export type MessageKey = { [Table in keyof Tables]: keyof Tables[Table] }[keyof Tables]

export const catalogue: Record<MessageKey, Entry> = Object.assign({}, ...Object.values(tables))

export type Values = Record<string, string | number>
export type Text = (key: MessageKey, values?: Values) => string

/** The text of an entry; `values.count` chooses between the English singular and plural. */
export function fill(entry: Entry, language: Language, values: Values = {}): string {
  const found = entry[language]
  const text = typeof found === 'string' ? found : values.count === 1 ? found.one : found.other
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole))
}

const texts: Record<Language, Text> = {
  en: (key, values) => fill(catalogue[key], 'en', values),
  zh: (key, values) => fill(catalogue[key], 'zh', values),
}

export const text: Text = (key, values) => texts[currentLanguage()](key, values)

/**
 * The texts in the current language. A component that calls this is drawn again when the language changes. Each
 * language has its own function, so that memoised values are computed again, too.
 */
export const useText = (): Text => texts[useLanguage()]

/** The catalogue's key for a word of the server, or undefined for a word that this version does not know. */
export function keyFor(prefix: string, word: string): MessageKey | undefined {
  const key = `${prefix}.${word}`
  return key in catalogue ? (key as MessageKey) : undefined
}
