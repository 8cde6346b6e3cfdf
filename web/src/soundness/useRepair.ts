// A repair as a page sees it: the server runs the repair, and the page starts it and follows it.
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { useRunningRepairs, useStartRepair } from '../api/repairs'
import { nodeName } from '../lineage/node_view'

export interface Repair {
  isRunning: boolean
  error: unknown
  begin: () => void
}

/** The dataset that replaces `of` in a running repair. */
export function useRunningWith(of: string): string | undefined {
  const { data = [] } = useRunningRepairs()
  const running = data.find((repair) => nodeName(repair.of) === of)
  return running?.with ? nodeName(running.with) : undefined
}

/** `by` names the dataset that replaces `of`; a run is repeated and has no replacement. */
export function useRepair(of: string, by: string | undefined): Repair {
  const client = useQueryClient()
  const { data = [] } = useRunningRepairs()
  const { mutate, isPending, error } = useStartRepair(of, by)
  const isSame = (repair: (typeof data)[number]) =>
    nodeName(repair.of) === of && (repair.with ? nodeName(repair.with) : undefined) === by
  const isRunning = isPending || data.some(isSame)
  // When the repair has ended, the pages show its results.
  const wasRunning = useRef(false)
  useEffect(() => {
    if (wasRunning.current && !isRunning) client.invalidateQueries()
    wasRunning.current = isRunning
  }, [client, isRunning])
  return { isRunning, error, begin: () => mutate() }
}
