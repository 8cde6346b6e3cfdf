// The result of a run of a recipe, as the noun of its kind of result shows it.
import { useQuery } from '@tanstack/react-query'
import type { RunDetail } from '../api/types'
import type { Noun } from '../noun'
import { nouns } from '../nouns'

/** The noun that shows results of this kind. */
export const nounOfResult = (kind: string | null | undefined): Noun | undefined =>
  kind == null ? undefined : nouns.find(({ result }) => result?.kinds.includes(kind))

/** The link to the result of a run; undefined while it is unfinished, and where no page shows it. */
export function useRunResult(run: Pick<RunDetail, 'handle' | 'state' | 'result_kind'>) {
  const made = nounOfResult(run.result_kind)?.result?.made(run.handle)
  return useQuery({
    queryKey: made?.queryKey ?? ['made', 'nothing'],
    queryFn: ({ signal }) => (made ? made.queryFn({ signal }) : Promise.resolve(null)),
    enabled: run.state === 'done' && made !== undefined,
    retry: false,
  })
}
