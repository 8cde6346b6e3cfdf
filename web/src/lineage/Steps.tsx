// Steps of a lineage, as a list: runs, datasets, claims, raw files and code, each a link where it has a page.
import type { Independence, Lineage } from '../api/types'
import { useText } from '../messages/catalogue'
import { useSay } from '../messages/say'
import { Icon } from '../parts/Icon'
import style from './Lineage.module.css'
import { NodeLink } from './NodeLink'
import { nodeName } from './node_view'

export type LineageStep = Lineage['rests_on'][number]

const indent_rem = 0.9

interface StepsProps {
  steps: LineageStep[]
  none: string
  /** What was asserted of the thing whose lineage this is, and about it. */
  apart?: Independence[]
  onward?: boolean
}

export function Steps({ steps, none, apart = [], onward = false }: StepsProps) {
  const say = useSay()
  if (steps.length === 0) return <p className={style.none}>{none}</p>
  return (
    <ul className={style.steps} data-onward={onward}>
      {steps.map((step) => (
        <li key={keyOf(step)} style={{ paddingInlineStart: `${Math.max(0, step.depth - 1) * indent_rem}rem` }}>
          <span title={say(step)}>
            <Shown step={step} />
            {step.depth === 1 && <Apart said={assertedOf(step, apart, onward)} />}
          </span>
        </li>
      ))}
    </ul>
  )
}

const keyOf = (step: LineageStep): string =>
  [step.depth, step.kind, nodeName(step), step.file?.digest ?? step.text].join(' ')

/** What was asserted of the edge that leads to a step, or from it. */
const assertedOf = (step: LineageStep, apart: Independence[], onward: boolean) =>
  apart.find(({ of, on }) => nodeName(onward ? of : on) !== undefined && nodeName(onward ? of : on) === nodeName(step))

function Apart({ said }: { said: Independence | undefined }) {
  const text = useText()
  if (said === undefined) return null
  const { by, because } = said
  return (
    <span className={style.apart} title={text('apart.said', { user: by.name ?? by.kind, because })}>
      <Icon name="apart" size={12} /> {text('apart.mark')}
    </span>
  )
}

function Shown({ step }: { step: LineageStep }) {
  return (
    <>
      <NodeLink node={step} />
      {step.run && step.through && <code> {step.through.path}</code>}
    </>
  )
}
