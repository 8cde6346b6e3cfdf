// Which verdict a claim has as it stands: the newest judgement counts only of what is stated now.
import type { ClaimSummary } from '../api/types'
import { type VerdictWord, verdictOf } from '../parts/Verdict'

export const shownVerdict = ({ standing, verdict }: Pick<ClaimSummary, 'standing' | 'verdict'>): VerdictWord =>
  standing === 'not_judged' ? 'not_judged' : verdictOf(verdict)
