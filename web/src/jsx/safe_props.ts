// All visible and spoken text of an element passes `safeText`, so that a name, reason or file of another person cannot
// manipulate the page. Everything else (addresses, values of fields, copied text) stays unchanged.
import { safeText } from '../format/safe_text'

const seen = ['children', 'title', 'alt', 'aria-label', 'placeholder'] as const

/** The properties of an element with safe texts; the same object when they were safe already. */
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
