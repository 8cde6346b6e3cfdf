// The verdict of the present statement of a claim: the newest judgement counts only if it judged that statement.
import type { ClaimSummary } from '../api/types'
import { type VerdictWord, verdictOf } from '../parts/Verdict'

export const shownVerdict = ({ standing, verdict }: Pick<ClaimSummary, 'standing' | 'verdict'>): VerdictWord =>
  standing === 'not_judged' ? 'not_judged' : verdictOf(verdict)
