// Steps of a lineage, as a list: runs, datasets, claims, raw files and code, each a link where it has a page.
import type { Lineage } from '../api/types'
import { useSay } from '../messages/say'
import style from './Lineage.module.css'
import { NodeLink } from './NodeLink'

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
  return (
    <>
      <NodeLink node={step} />
      {step.run && step.through && <code> {step.through.path}</code>}
    </>
  )
}
