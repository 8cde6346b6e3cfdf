// One entry of the catalogue: the text in each language, with {names} to be filled in.
// English may have a form for one and a form for more; Chinese has one form.
export type EnglishText = string | { one: string; other: string }

export interface Entry {
  en: EnglishText
  zh: string
}

export const entries = <Key extends string>(table: Record<Key, Entry>): Record<Key, Entry> => table
