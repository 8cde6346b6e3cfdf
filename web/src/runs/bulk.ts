// Applies one action to many runs, a few at a time. A refused run does not stop the others: the refused runs are
// counted with the reason.
import { ApiError } from '../api/error'
import type { RunSummary } from '../api/types'
import { keyFor, type Text } from '../messages/catalogue'
import { currentLanguage } from '../messages/language'

export interface Refusal {
  reason: string
  handles: string[]
}

export interface BulkOutcome {
  done: string[]
  refused: Refusal[]
}

const atOnce = 8

/** `left` are the runs that are not tried, and why. */
export async function actOnAll(
  handles: readonly string[],
  act: (handle: string) => Promise<unknown>,
  reasonOf: (error: unknown) => string,
  left: readonly Refusal[] = [],
): Promise<BulkOutcome> {
  const done: string[] = []
  const refused = new Map(
    left.filter((each) => each.handles.length > 0).map((each) => [each.reason, [...each.handles]]),
  )
  const one = async (handle: string) => {
    try {
      await act(handle)
      done.push(handle)
    } catch (error) {
      const reason = reasonOf(error)
      refused.set(reason, [...(refused.get(reason) ?? []), handle])
    }
  }
  for (let from = 0; from < handles.length; from += atOnce)
    await Promise.all(handles.slice(from, from + atOnce).map(one))
  return { done, refused: [...refused].map(([reason, of]) => ({ reason, handles: of })) }
}

/**
 * Why the server refused, in the reader's language where the code is known, without the parts that differ between runs.
 */
export function refusalReason(error: unknown, text: Text): string {
  if (!(error instanceof ApiError)) return String(error)
  const key = keyFor('problem', error.code)
  if (key === undefined || (currentLanguage() === 'en' && !sayTheCase.includes(error.code))) return error.message
  return text(key)
}

/** Error codes whose message names the run, or adds nothing to the code. */
const sayTheCase = ['access.denied', 'not_found']

const handlesShown = 5

/** The refused runs, the first few by their handles. */
export function shownHandles(handles: readonly string[]): string {
  const shown = handles.slice(0, handlesShown).join(', ')
  return handles.length > handlesShown ? `${shown} …` : shown
}

export const handlesOf = (runs: readonly RunSummary[]): string[] => runs.map(({ handle }) => handle)
