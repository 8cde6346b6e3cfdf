// A repair as a page sees it: the server does it, and the page begins it and watches it.
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { useBeginRepair, useRunningRepairs } from '../api/repairs'
import { nodeName } from '../lineage/node_view'

export interface Repair {
  isGoing: boolean
  error: unknown
  begin: () => void
}

/** Which dataset takes the place of `of` in a repair that goes on. */
export function useRunningWith(of: string): string | undefined {
  const { data = [] } = useRunningRepairs()
  const running = data.find((repair) => nodeName(repair.of) === of)
  return running?.with ? nodeName(running.with) : undefined
}

/** `by` names the dataset that takes the place of `of`; a run is repeated. */
export function useRepair(of: string, by: string | undefined): Repair {
  const client = useQueryClient()
  const { data = [] } = useRunningRepairs()
  const { mutate, isPending, error } = useBeginRepair(of, by)
  const isSame = (repair: (typeof data)[number]) =>
    nodeName(repair.of) === of && (repair.with ? nodeName(repair.with) : undefined) === by
  const isGoing = isPending || data.some(isSame)
  // What the repair made anew is shown when it has ended.
  const wasGoing = useRef(false)
  useEffect(() => {
    if (wasGoing.current && !isGoing) client.invalidateQueries()
    wasGoing.current = isGoing
  }, [client, isGoing])
  return { isGoing, error, begin: () => mutate() }
}
