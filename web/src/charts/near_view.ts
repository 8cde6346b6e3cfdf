// Whether a part of the page is near the visible area: what it shows is loaded only then.
import { useEffect, useRef, useState } from 'react'

/** `onNear` is called once, before the part is drawn for the first time. */
export function useNearView(onNear?: () => void) {
  const [near, setNear] = useState(false)
  const host = useRef<HTMLDivElement>(null)
  const latest = useRef(onNear)
  latest.current = onNear
  useEffect(() => {
    const element = host.current
    if (near || element === null) return
    const observer = new IntersectionObserver(
      (entries) => {
        if (!entries.some((entry) => entry.isIntersecting)) return
        latest.current?.()
        setNear(true)
      },
      // The page scrolls, not the window: a margin counts at the edge of the area that scrolls.
      { root: element.closest('#page'), rootMargin: '400px' },
    )
    observer.observe(element)
    return () => observer.disconnect()
  }, [near])
  return [near, host] as const
}
