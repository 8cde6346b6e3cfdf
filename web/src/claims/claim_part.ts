// The properties that the parts of a claim's page share.
import type { ClaimDetail, Judgement } from '../api/types'

export interface ClaimPartProps {
  claim: ClaimDetail
  /** The judgement of the present statement; absent until that is judged. */
  current: Judgement | undefined
}
