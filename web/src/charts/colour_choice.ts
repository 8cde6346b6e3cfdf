// The colours that a reader chose for runs. They are kept in this browser, and hold on every page.
import { useSyncExternalStore } from 'react'
import { seriesCount, seriesToken } from './palette'

const key = 'hven.run.colours'
/** The oldest choices are forgotten. */
const kept_max = 1000

type Choice = Readonly<Record<string, number>>

let chosen: Choice = read()
const listeners = new Set<() => void>()

function read(): Choice {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(key) ?? '{}')
    if (typeof stored !== 'object' || stored === null) return {}
    return Object.fromEntries(Object.entries(stored).filter(([, number]) => isSeries(number)))
  } catch {
    return {}
  }
}

/** A function that exists before the stored colours are read above. */
function isSeries(number: unknown): number is number {
  return typeof number === 'number' && Number.isInteger(number) && number >= 1 && number <= seriesCount
}

/** Chooses the colour of a run by its number from 1; undefined gives it back its own. */
export function chooseColour(runId: string, series: number | undefined) {
  const others = Object.entries(chosen).filter(([id]) => id !== runId)
  const next = series === undefined ? others : [...others, [runId, series] as const]
  chosen = Object.fromEntries(next.slice(-kept_max))
  if (next.length === 0) localStorage.removeItem(key)
  else localStorage.setItem(key, JSON.stringify(chosen))
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void) {
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
  }
}

/** The token of the colour of a run: the chosen one, otherwise its own. */
export function useRunToken(): (runId: string) => string {
  const choice = useSyncExternalStore(subscribe, () => chosen)
  return (runId) => tokenIn(choice, runId)
}

const tokenIn = (choice: Choice, runId: string): string => {
  const series = choice[runId]
  return series === undefined ? seriesToken(runId) : `--series-${series}`
}
