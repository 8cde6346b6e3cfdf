// What of an element is seen or read aloud passes `safeText`, so that no name, reason or file of somebody else can steer
// the page. Everything else (addresses, values of fields, what is copied) stays as it is.
import { safeText } from '../format/safe_text'

const seen = ['children', 'title', 'alt', 'aria-label', 'placeholder'] as const

/** The properties of an element with safe texts; the same object when they were. */
export function shown(props: unknown): unknown {
  const given = props as Record<string, unknown>
  let safe = given
  for (const name of seen) {
    const value = given[name]
    const said = safely(value)
    if (said === value) continue
    if (safe === given) safe = { ...given }
    safe[name] = said
  }
  return safe
}

function safely(value: unknown): unknown {
  if (typeof value === 'string') return safeText(value)
  if (!Array.isArray(value)) return value
  const said = value.map(safely)
  return said.some((each, at) => each !== value[at]) ? said : value
}
