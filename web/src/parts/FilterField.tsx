// The filter above a list: its words are stored in the address a moment after the last key.
import { useEffect, useState } from 'react'
import inputStyle from './Input.module.css'

interface FilterFieldProps {
  label: string
  value: string
  onChange: (value: string) => void
}

const settled_ms = 200

export function FilterField({ label, value, onChange }: FilterFieldProps) {
  const [draft, setDraft] = useState(value)
  useEffect(() => setDraft(value), [value])
  useEffect(() => {
    if (draft === value) return
    const timer = setTimeout(() => onChange(draft), settled_ms)
    return () => clearTimeout(timer)
  }, [draft, value, onChange])
  return (
    <input
      className={inputStyle.input}
      type="search"
      value={draft}
      placeholder={label}
      aria-label={label}
      onChange={(event) => setDraft(event.target.value)}
    />
  )
}
