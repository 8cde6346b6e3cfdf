// Colours of curves. A run has the same colour on every page: its id chooses one of eight.

export const seriesCount = 8

export function seriesToken(runId: string): string {
  let hash = 0x811c9dc5
  for (let at = 0; at < runId.length; at += 1) {
    hash ^= runId.charCodeAt(at)
    hash = Math.imul(hash, 0x01000193) >>> 0
  }
  return `--series-${(hash % seriesCount) + 1}`
}

/** The value of a token in the current theme, as a colour for a canvas. */
export function resolveColour(token: string, near: Element = document.body): string {
  const probe = document.createElement('span')
  probe.style.color = `var(${token})`
  probe.hidden = true
  near.append(probe)
  const colour = getComputedStyle(probe).color
  probe.remove()
  return colour
}
