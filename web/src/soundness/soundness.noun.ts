// Soundness and lineage. They have no page of their own: the pages of all nouns show them.
import { lineageKeys } from '../api/knowledge'
import { soundnessKeys } from '../api/soundness'
import type { Noun } from '../noun'

export const soundness = {
  position: 70,
  facts: [
    'soundness.retracted',
    'soundness.independence_asserted',
    'soundness.suspicion_overridden',
    'soundness.run_repaired',
  ],
  routes: [],
  live: {
    queryKeys: [lineageKeys.all, soundnessKeys.all],
    isDerived: true,
    // Any answer on the screen may rest on the thing that was retracted or repaired.
    stale: [{ factPrefixes: ['soundness.'], alsoStale: 'everything' }],
  },
} as const satisfies Noun
