// The frame of a small table. If the table is wider than its frame, the frame can take the focus, so that the keyboard
// can scroll it.
import { useEffect, useRef, useState } from 'react'
import style from './Table.module.css'

export function TableFrame({ children }: { children: React.ReactNode }) {
  const frame = useRef<HTMLDivElement>(null)
  const [scrolls, setScrolls] = useState(false)
  useEffect(() => {
    const element = frame.current
    if (element === null) return
    const look = () => setScrolls(element.scrollWidth > element.clientWidth)
    const observer = new ResizeObserver(look)
    observer.observe(element)
    if (element.firstElementChild) observer.observe(element.firstElementChild)
    return () => observer.disconnect()
  }, [])
  return (
    <div ref={frame} className={style.scroller} tabIndex={scrolls ? 0 : undefined}>
      {children}
    </div>
  )
}
