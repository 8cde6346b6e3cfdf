// Whether the screen is a phone's: what a table cannot show there is drawn otherwise.
import { useSyncExternalStore } from 'react'

/** As in the style sheets. */
const query = '(max-width: 44rem)'

function subscribe(listener: () => void) {
  const media = matchMedia(query)
  media.addEventListener('change', listener)
  return () => media.removeEventListener('change', listener)
}

export const useNarrow = (): boolean => useSyncExternalStore(subscribe, () => matchMedia(query).matches)
