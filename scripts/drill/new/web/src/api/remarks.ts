// Requests the list of remarks.
import { useInfiniteQuery } from '@tanstack/react-query'
import { nounKeys } from './keys'
import { listQuery } from './knowledge'
import type { Schemas } from './types'

export type Remark = Schemas['Remark']

export const remarkKeys = nounKeys('remarks')

export const remarkListQuery = (q: string) => listQuery<Remark>(remarkKeys.list(q), '/remarks', q)

export const useRemarkList = (q: string) => useInfiniteQuery(remarkListQuery(q))
