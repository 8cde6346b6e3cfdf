// Saved views of the list of runs and of comparisons: all users who may see their project see them.
import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { get, send } from './client'
import type { Page, Schemas } from './types'

export type SavedView = Schemas['SavedView']

/** The page that a view opens. */
export type ViewPage = 'runs' | 'compare'

const page_views = 1000

export const viewKeys = {
  all: ['views'],
  list: (page: ViewPage | undefined) => ['views', 'list', page ?? ''],
  one: (id: string) => ['views', 'one', id],
} as const

const viewsQuery = (page: ViewPage | undefined) =>
  queryOptions({
    queryKey: viewKeys.list(page),
    queryFn: async ({ signal }) => {
      const views: SavedView[] = []
      let cursor: string | undefined
      do {
        const found = await get<Page<SavedView>>('/views', { page, limit: page_views, cursor }, signal)
        views.push(...found.items)
        cursor = found.next ?? undefined
      } while (cursor !== undefined)
      return views
    },
  })

/** The views of a page, or all. */
export const useViews = (page: ViewPage | undefined, enabled = true) => useQuery({ ...viewsQuery(page), enabled })

/** One view, named by its project and name. */
export const useView = (id: string | undefined) =>
  useQuery({
    queryKey: viewKeys.one(id ?? ''),
    queryFn: ({ signal }) => get<SavedView>(`/views/${encodeURIComponent(id ?? '')}`, {}, signal),
    enabled: id !== undefined,
    retry: false,
  })

export type SaveView = Schemas['SaveView']

export const saveView = (view: SaveView) => send<SavedView>('POST', '/views', view)

function useViewChange<Change>(act: (change: Change) => Promise<unknown>) {
  const client = useQueryClient()
  return useMutation({ mutationFn: act, onSettled: () => client.invalidateQueries({ queryKey: viewKeys.all }) })
}

export const useSaveView = () => useViewChange(saveView)

export const useRenameView = () =>
  useViewChange(({ id, name }: { id: string; name: string }) =>
    send<SavedView>('POST', `/views/${encodeURIComponent(id)}/name`, { name }),
  )

export const useRemoveView = () => useViewChange((id: string) => send('DELETE', `/views/${encodeURIComponent(id)}`))
