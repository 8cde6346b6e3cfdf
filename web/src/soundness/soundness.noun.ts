// Whether things still stand, and what rests on what. It has no page of its own: it is shown on the pages of all nouns.
import { lineageKeys } from '../api/knowledge'
import { soundnessKeys } from '../api/soundness'
import type { Noun } from '../noun'

export const soundness = {
  facts: [
    'soundness.retracted',
    'soundness.independence_asserted',
    'soundness.suspicion_overridden',
    'soundness.run_repaired',
  ],
  routes: [],
  live: {
    queries: [lineageKeys.all, soundnessKeys.all],
    isDerived: true,
    // Whatever is on the screen may rest on what was retracted or made anew.
    stale: [{ after: ['soundness.'], reaches: 'everything' }],
  },
} as const satisfies Noun
