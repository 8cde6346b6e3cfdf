// The bytes of files for a page: a picture as a URL, a text up to a limit. The bytes under a digest never change, so
// they are requested once.
import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { request } from '../api/client'
import { readText } from '../api/runs'
import type { RunFile } from '../api/types'

export function usePicture(file: RunFile, url: string) {
  const { data, error } = useQuery({
    queryKey: ['object', file.digest, 'image'],
    queryFn: async ({ signal }) => {
      const bytes = await (await request(url, { signal })).arrayBuffer()
      return new Blob([bytes], { type: file.media_type })
    },
    staleTime: Number.POSITIVE_INFINITY,
  })
  return { shown: useBlobUrl(data), error }
}

function useBlobUrl(blob: Blob | undefined) {
  const [url, setUrl] = useState<string>()
  useEffect(() => {
    if (blob === undefined) return
    const made = URL.createObjectURL(blob)
    setUrl(made)
    return () => URL.revokeObjectURL(made)
  }, [blob])
  return url
}

export function useObjectText(digest: string, url: string, bytes_max: number) {
  return useQuery({
    queryKey: ['object', digest, bytes_max],
    queryFn: ({ signal }) => readText(url, bytes_max, signal),
    staleTime: Number.POSITIVE_INFINITY,
  })
}
