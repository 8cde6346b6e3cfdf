// The shape before the name of a thing: its icon, or the shape of its state or verdict.
import type { Shape } from '../noun'
import { Icon } from './Icon'
import { runState } from './run_state'
import { StateShape } from './StateBadge'
import { VerdictShape, verdictOf } from './Verdict'

export function ShownShape({ shape, size }: { shape: Shape; size?: number }) {
  if ('icon' in shape) return <Icon name={shape.icon} size={size} />
  if ('state' in shape) return <StateShape state={runState(shape.state)} />
  return <VerdictShape verdict={verdictOf(shape.verdict)} size={size} />
}
