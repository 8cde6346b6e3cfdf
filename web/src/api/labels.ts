// Labels of runs: tags, a note, and whether a run is archived.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { get, send } from './client'
import { keys } from './keys'
import { runKeys } from './runs'
import type { ChangeLabels, Page, RunDetail, RunLabels, TagUse } from './types'

const tags_max = 1000

/** The tags of runs, by name: of one project and its subprojects, or of all. */
export const useTags = (project?: string, enabled = true) =>
  useQuery({
    queryKey: [...keys.tags, project ?? ''],
    queryFn: async ({ signal }) => (await get<Page<TagUse>>('/tags', { project, limit: tags_max }, signal)).items,
    enabled,
  })

export const changeLabels = (run: string, change: ChangeLabels) =>
  send<RunLabels>('POST', `/runs/${run}/labels`, change)

/** Changes the labels of one run. `name` is the run's name in the address: the screen shows the answer at once. */
export function useChangeLabels(name: string) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (change: ChangeLabels) => changeLabels(name, change),
    onSuccess: ({ tags, note, archived }) => {
      client.setQueryData<RunDetail>(runKeys.one(name), (before) => before && { ...before, tags, note, archived })
    },
    onSettled: () => {
      // The log, metrics and files of the run have not changed.
      client.invalidateQueries({ queryKey: runKeys.one(name), exact: true })
      for (const queryKey of [runKeys.all, keys.overview, keys.tags]) client.invalidateQueries({ queryKey })
    },
  })
}
