// The theme and language that the reader chose: stored in the browser and set on <html>.
import { useSyncExternalStore } from 'react'

export type Theme = 'paper' | 'night' | 'system'

const key = 'hven.theme'
const listeners = new Set<() => void>()
const darkSystem = window.matchMedia('(prefers-color-scheme: dark)')

let chosen: Theme = readTheme()

function readTheme(): Theme {
  const stored = localStorage.getItem(key)
  return stored === 'paper' || stored === 'night' ? stored : 'system'
}

export function setTheme(theme: Theme) {
  chosen = theme
  if (theme === 'system') {
    localStorage.removeItem(key)
    delete document.documentElement.dataset.theme
  } else {
    localStorage.setItem(key, theme)
    document.documentElement.dataset.theme = theme
  }
  for (const listener of listeners) listener()
}

/** The current theme: the choice of the reader, otherwise that of the system. */
export function shownTheme(): 'paper' | 'night' {
  if (chosen !== 'system') return chosen
  return darkSystem.matches ? 'night' : 'paper'
}

function subscribe(listener: () => void) {
  listeners.add(listener)
  darkSystem.addEventListener('change', listener)
  return () => {
    listeners.delete(listener)
    darkSystem.removeEventListener('change', listener)
  }
}

export const useTheme = (): Theme => useSyncExternalStore(subscribe, () => chosen)
export const useShownTheme = () => useSyncExternalStore(subscribe, shownTheme)
