// The language of the pages: chosen once, stored in the browser, switched without loading anything.
import { useSyncExternalStore } from 'react'

export type Language = 'en' | 'zh'

const key = 'hven.language'
const listeners = new Set<() => void>()

let language: Language = document.documentElement.lang.startsWith('zh') ? 'zh' : 'en'

export const currentLanguage = (): Language => language

/** The BCP 47 tag that formats numbers and dates. */
export const localeOf = (language: Language): string => (language === 'zh' ? 'zh-CN' : 'en-GB')

export function setLanguage(next: Language) {
  language = next
  localStorage.setItem(key, next)
  document.documentElement.lang = next === 'zh' ? 'zh-CN' : 'en'
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void) {
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
  }
}

export const useLanguage = (): Language => useSyncExternalStore(subscribe, currentLanguage)
