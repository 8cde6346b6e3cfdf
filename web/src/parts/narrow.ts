// Whether the screen is as narrow as a phone: some tables are then drawn in another way.
import { useSyncExternalStore } from 'react'

/** The same width as in the style sheets. */
const query = '(max-width: 44rem)'

function subscribe(listener: () => void) {
  const media = matchMedia(query)
  media.addEventListener('change', listener)
  return () => media.removeEventListener('change', listener)
}

export const useNarrow = (): boolean => useSyncExternalStore(subscribe, () => matchMedia(query).matches)
