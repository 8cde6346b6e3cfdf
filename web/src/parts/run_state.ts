// The states that this version knows; an unknown word of a later server is shown unchanged, with the shape of "lost".
import type { RunState } from './StateBadge'

const known: readonly string[] = ['waiting', 'running', 'stopping', 'done', 'failed', 'cancelled', 'lost', 'unknown']

export const runState = (word: string): RunState => (known.includes(word) ? (word as RunState) : 'lost')

export const hasEnded = (word: string): boolean => ['done', 'failed', 'cancelled', 'lost'].includes(word)
