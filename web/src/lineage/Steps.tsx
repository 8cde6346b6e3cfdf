// Steps of a lineage, as a list: runs, datasets, claims, raw files and code, each a link where it has a page.
import { Link } from '@tanstack/react-router'
import type { Lineage } from '../api/types'
import { useFormat } from '../format/format'
import { useSay } from '../messages/say'
import { runState } from '../parts/run_state'
import { StateShape } from '../parts/StateBadge'
import { VerdictShape, verdictOf } from '../parts/Verdict'
import style from './Lineage.module.css'

export type LineageStep = Lineage['rests_on'][number]

const indent_rem = 0.9

export function Steps({ steps, none, onward = false }: { steps: LineageStep[]; none: string; onward?: boolean }) {
  const say = useSay()
  if (steps.length === 0) return <p className={style.none}>{none}</p>
  return (
    <ul className={style.steps} data-onward={onward}>
      {steps.map((step) => (
        <li key={keyOf(step)} style={{ paddingInlineStart: `${Math.max(0, step.depth - 1) * indent_rem}rem` }}>
          <span title={say(step)}>
            <Shown step={step} />
          </span>
        </li>
      ))}
    </ul>
  )
}

const keyOf = (step: LineageStep): string =>
  [step.depth, step.kind, step.run?.id, step.dataset?.id, step.claim?.id, step.file?.digest ?? step.text].join(' ')

function Shown({ step }: { step: LineageStep }) {
  const say = useSay()
  const format = useFormat()
  if (step.claim) {
    return (
      <Link to="/knowledge/$claim" params={{ claim: step.claim.id }}>
        <VerdictShape verdict={verdictOf(step.claim.verdict)} size={13} />
        {step.claim.name}
      </Link>
    )
  }
  if (step.dataset) {
    return (
      <Link to="/data/$dataset" params={{ dataset: step.dataset.id }}>
        {step.dataset.reference}
      </Link>
    )
  }
  if (step.run) {
    return (
      <>
        <Link to="/r/$run" params={{ run: step.run.handle }}>
          <StateShape state={runState(step.run.state)} />
          {step.run.handle}
        </Link>{' '}
        {step.run.name ?? <code>{step.run.command}</code>}
        {step.through && <code> {step.through.path}</code>}
      </>
    )
  }
  if (step.file) {
    return (
      <>
        {step.file.path} <code>{format.bytes(step.file.size)}</code>
      </>
    )
  }
  return say(step)
}
