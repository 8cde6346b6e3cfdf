// A repair as a page drives it: begun by a button, gone on with after a reload, stopped when the page is left.
import { useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useState } from 'react'
import { asApiError } from '../api/error'
import { proceedRepair, soundnessKeys } from '../api/soundness'
import { driveRepair, forgetRepair, keepRepair, keptRepair } from './repair_drive'

export interface Repair {
  isGoing: boolean
  error: unknown
  begin: () => void
}

/** `by` names the dataset that takes the place of `of`; a run is repeated. */
export function useRepair(of: string, by: string | undefined): Repair {
  const client = useQueryClient()
  // How often it was begun here; 0 while it only goes on with what was begun before the page was loaded.
  const [begun, setBegun] = useState(0)
  const [isGoing, setGoing] = useState(() => keptRepair(of) === (by ?? ''))
  const [error, setError] = useState<unknown>()
  useEffect(() => {
    if (!isGoing) return
    let stopped = false
    const drive = {
      proceed: (again: boolean) => proceedRepair(of, by, again),
      onPlan: (plan: unknown) => client.setQueryData(soundnessKeys.repair(of, by), plan),
      isPassing: (error: unknown) => asApiError(error)?.isUnreachable === true,
      pause: (pause_ms: number) => new Promise<void>((resolve) => setTimeout(resolve, pause_ms)),
      isStopped: () => stopped,
    }
    const end = (error?: unknown) => {
      if (stopped) return
      forgetRepair(of)
      setGoing(false)
      setError(error)
      client.invalidateQueries()
    }
    driveRepair(drive, begun > 0).then(() => end(), end)
    return () => {
      stopped = true
    }
  }, [client, of, by, isGoing, begun])
  const begin = useCallback(() => {
    keepRepair(of, by ?? '')
    setError(undefined)
    setBegun((times) => times + 1)
    setGoing(true)
  }, [of, by])
  return { isGoing, error, begin }
}
