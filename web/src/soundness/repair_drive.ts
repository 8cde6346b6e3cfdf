// Drives a repair from the page: the server finds out what is done each time it is asked, so it is asked until nothing
// goes on any more. That this browser began one is kept, so that the page goes on with it when it is loaded again.
import type { RepairPlan } from '../api/types'

const pause_min_ms = 200
const pause_max_ms = 2000

const keptName = (of: string) => `hven.repair.${of}`

/** Which dataset takes its place in the repair that this browser began; '' where a run is repeated. */
export const keptRepair = (of: string): string | undefined => localStorage.getItem(keptName(of)) ?? undefined
export const keepRepair = (of: string, by: string) => localStorage.setItem(keptName(of), by)
export const forgetRepair = (of: string) => localStorage.removeItem(keptName(of))

/** What changes when a step goes on. */
const shownOf = (plan: RepairPlan) => plan.steps.map(({ progress, by }) => `${progress} ${by?.handle ?? ''}`).join()

export interface Drive {
  /** Asks the server to go on; `again`: also with what failed before. */
  proceed: (again: boolean) => Promise<RepairPlan>
  onPlan: (plan: RepairPlan) => void
  /** Whether an error is only that the server is away for a moment. */
  isPassing: (error: unknown) => boolean
  pause: (pause_ms: number) => Promise<void>
  isStopped: () => boolean
}

/** Goes on until nothing goes on any more, or it is stopped; slower as long as nothing changes. */
export async function driveRepair({ proceed, onPlan, isPassing, pause, isStopped }: Drive, again: boolean) {
  let before: string | undefined
  let pause_ms = pause_min_ms
  let tryFailed = again
  while (!isStopped()) {
    let plan: RepairPlan | undefined
    try {
      plan = await proceed(tryFailed)
      tryFailed = false
    } catch (error) {
      if (!isPassing(error)) throw error
    }
    if (isStopped()) return
    if (plan !== undefined) {
      onPlan(plan)
      if (!plan.goes_on) return
    }
    const shown = plan && shownOf(plan)
    pause_ms = shown !== before ? pause_min_ms : Math.min(pause_max_ms, pause_ms * 2)
    before = shown
    await pause(pause_ms)
  }
}
