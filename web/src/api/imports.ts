// The import of a table: its bytes, a look at how they would be read, and the start of the import.
import { keepPreviousData, queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { send, upload } from './client'
import { datasetKeys } from './knowledge'
import { runKeys } from './runs'
import type { Schemas } from './types'

export type NewDataset = Schemas['AddDataset']
type TableLook = Schemas['TableLook']
type DatasetRun = Schemas['DatasetRun']

/** The largest file that a page sends. */
export const upload_bytes_max = 64 * 2 ** 20

/** Stores the bytes of a file. */
export const useUpload = () =>
  useMutation({
    mutationFn: async (file: File): Promise<NewDataset['source']> => {
      const { digest, size } = await upload<Schemas['ObjectStored']>('/objects', file)
      return { path: file.name, digest, size, kind: 'file' }
    },
  })

const lookQuery = (wanted: NewDataset) =>
  queryOptions({
    queryKey: ['look', wanted],
    queryFn: () => send<TableLook>('POST', '/datasets/look', wanted),
    placeholderData: keepPreviousData,
    retry: false,
  })

/** How the import would read the file. The look at other settings stays until the new one is there. */
export const useLook = (wanted: NewDataset) => useQuery(lookQuery(wanted))

export function useImport() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (wanted: NewDataset) => send<DatasetRun>('POST', '/datasets', wanted),
    onSettled: () => {
      client.invalidateQueries({ queryKey: runKeys.all })
      client.invalidateQueries({ queryKey: datasetKeys.all })
    },
  })
}
