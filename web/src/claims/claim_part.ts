// The properties that the parts of a claim's page share.
import type { ClaimDetail, Judgement } from '../api/types'

export interface ClaimPartProps {
  claim: ClaimDetail
  /** The judgement of what is stated now; absent while that is not judged. */
  current: Judgement | undefined
}
