// The record, one page of facts at a time, newest first.
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { get } from './client'
import { keys } from './keys'
import type { Fact, Page } from './types'

const page_facts = 100

export interface FactPlace {
  kind?: string
  /** Only facts before this number. */
  before?: number
  /** Only the nearest facts after this number. */
  after?: number
}

export interface FactPage {
  /** Newest first. */
  facts: Fact[]
  /** Whether there are older and newer facts that this page does not show. */
  older: boolean
  newer: boolean
}

async function factPage({ kind, before, after }: FactPlace, signal: AbortSignal): Promise<FactPage> {
  const page = (query: Record<string, string | number | undefined>) =>
    get<Page<Fact>>('/facts', { kind, limit: page_facts, ...query }, signal)
  if (after !== undefined) {
    const { items, next } = await page({ after, order: 'oldest' })
    return { facts: items.reverse(), older: true, newer: next != null }
  }
  const { items, next } = await page({ before, order: 'newest' })
  return { facts: items, older: next != null, newer: before !== undefined }
}

export const useFactPage = (place: FactPlace) =>
  useQuery({
    queryKey: keys.factPage({ ...place }),
    queryFn: ({ signal }) => factPage(place, signal),
    placeholderData: keepPreviousData,
  })
