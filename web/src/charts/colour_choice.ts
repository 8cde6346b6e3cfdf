// The colours that a reader chose for runs. They are kept in this browser, and hold on every page. The address of a page may
// have colours, too: these have priority on that page.
import { useSyncExternalStore } from 'react'
import { seriesCount, seriesToken } from './palette'

const key = 'hven.run.colours'
/** The oldest choices are forgotten. */
const kept_max = 1000

export type ColourChoice = Readonly<Record<string, number>>

interface Colours {
  /** By the id of the run. */
  chosen: ColourChoice
  /** Those in the address of the page. */
  shown: ColourChoice
}

let colours: Colours = { chosen: read(), shown: {} }
const listeners = new Set<() => void>()

function read(): ColourChoice {
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

function set(next: Colours) {
  colours = next
  for (const listener of listeners) listener()
}

/** Chooses the colour of a run by its number from 1; undefined gives it back its own. */
export function chooseColour(runId: string, series: number | undefined) {
  const without = (choice: ColourChoice) => Object.entries(choice).filter(([id]) => id !== runId)
  const next = series === undefined ? without(colours.chosen) : [...without(colours.chosen), [runId, series] as const]
  const chosen = Object.fromEntries(next.slice(-kept_max))
  if (next.length === 0) localStorage.removeItem(key)
  else localStorage.setItem(key, JSON.stringify(chosen))
  // The page gets the new address later.
  set({ chosen, shown: Object.fromEntries(without(colours.shown)) })
}

/** The colours in the address of the page that is shown. */
export const showColours = (shown: ColourChoice) => set({ ...colours, shown })

function subscribe(listener: () => void) {
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
  }
}

/** The colours that this browser keeps. */
export const useChosenColours = (): ColourChoice => useSyncExternalStore(subscribe, () => colours).chosen

/** The token of the colour of a run: that of the address, otherwise the chosen one, otherwise its own. */
export function useRunToken(): (runId: string) => string {
  const { chosen, shown } = useSyncExternalStore(subscribe, () => colours)
  return (runId) => {
    const series = shown[runId] ?? chosen[runId]
    return series === undefined ? seriesToken(runId) : `--series-${series}`
  }
}

/** The colours in an address: `7Q2M.3,8R3N.1`, by handle. */
export function coloursIn(text: string | undefined): Map<string, number> {
  const pairs = (text ?? '').split(',').map((pair) => pair.split('.'))
  return new Map(
    pairs.flatMap(([handle = '', series]): [string, number][] =>
      handle !== '' && isSeries(Number(series)) ? [[handle, Number(series)]] : [],
    ),
  )
}

export const coloursText = (colours: ReadonlyMap<string, number>): string | undefined =>
  [...colours].map(([handle, series]) => `${handle}.${series}`).join(',') || undefined
