// Tabs; the address stores the open one. The left and right keys move between them.
import { useId, useRef } from 'react'
import { useFormat } from '../format/format'
import style from './Tabs.module.css'

export interface Tab {
  name: string
  label: string
  count?: number
}

interface TabsProps {
  label: string
  tabs: Tab[]
  open: string
  onOpen: (name: string) => void
}

export function Tabs({ label, tabs, open, onOpen }: TabsProps) {
  const format = useFormat()
  const list = useRef<HTMLDivElement>(null)
  const id = useId()
  function onKeyDown(event: React.KeyboardEvent) {
    const at = tabs.findIndex((tab) => tab.name === open)
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key]
    if (to === undefined) return
    const next = tabs[(to + tabs.length) % tabs.length]
    if (next === undefined) return
    event.preventDefault()
    onOpen(next.name)
    list.current?.querySelector<HTMLElement>(`[data-tab="${next.name}"]`)?.focus()
  }
  return (
    <div ref={list} role="tablist" tabIndex={-1} aria-label={label} className={style.tabs} onKeyDown={onKeyDown}>
      {tabs.map((tab) => (
        <button
          key={tab.name}
          id={`${id}-${tab.name}`}
          type="button"
          role="tab"
          data-tab={tab.name}
          aria-selected={tab.name === open}
          aria-controls={`panel-${tab.name}`}
          tabIndex={tab.name === open ? 0 : -1}
          onClick={() => onOpen(tab.name)}
        >
          {tab.label}
          {tab.count ? <span className={style.count}>{format.count(tab.count)}</span> : null}
        </button>
      ))}
    </div>
  )
}

export function TabPanel({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div role="tabpanel" id={`panel-${name}`} className={style.panel}>
      {children}
    </div>
  )
}
