// Keeps the colours of the shown runs and those in the address of the page equal.
import { useEffect, useMemo } from 'react'
import { coloursIn, coloursText, showColours, useChosenColours } from './colour_choice'

interface ShownRun {
  id: string
  handle: string
}

/** A longer address is cut by some programs. */
const addressed_max = 200

/**
 * Shows the colours of the address, and adds those that this browser keeps for the shown runs to the address.
 * `onColours` changes the address.
 */
export function useAddressColours(
  address: string | undefined,
  runs: readonly ShownRun[],
  onColours: (colours: string | undefined) => void,
) {
  const chosen = useChosenColours()
  const named = useMemo(() => coloursIn(address), [address])
  useEffect(() => {
    const shown = runs.flatMap(({ id, handle }): [string, number][] => {
      const series = named.get(handle)
      return series === undefined ? [] : [[id, series]]
    })
    showColours(Object.fromEntries(shown))
    return () => showColours({})
  }, [named, runs])
  useEffect(() => {
    const more = runs.flatMap(({ id, handle }): [string, number][] => {
      const series = chosen[id]
      return series === undefined || named.has(handle) ? [] : [[handle, series]]
    })
    if (more.length > 0 && named.size < addressed_max)
      onColours(coloursText(new Map([...named, ...more].slice(0, addressed_max))))
  }, [named, runs, chosen, onColours])
}

/** The address with another colour of a run; undefined removes it. */
export function withColour(address: string | undefined, handle: string, series: number | undefined) {
  const colours = coloursIn(address)
  if (series === undefined) colours.delete(handle)
  else colours.set(handle, series)
  return coloursText(colours)
}
