// The steps of a lineage as a list: runs, datasets, claims, raw files and code, each a link where it has a page.
import type { Independence, Lineage } from '../api/types'
import { useText } from '../messages/catalogue'
import { useSay } from '../messages/say'
import { Icon } from '../parts/Icon'
import style from './Lineage.module.css'
import { NodeLink } from './NodeLink'
import { nodeName } from './node_view'

export type LineageStep = Lineage['rests_on'][number]

const indent_rem = 0.9

interface LineageStepsProps {
  steps: LineageStep[]
  none: string
  /** The assertions of the thing to which this lineage belongs, and those about it. */
  apart?: Independence[]
  onward?: boolean
}

export function LineageSteps({ steps, none, apart = [], onward = false }: LineageStepsProps) {
  const say = useSay()
  if (steps.length === 0) return <p className={style.none}>{none}</p>
  return (
    <ul className={style.steps} data-onward={onward}>
      {steps.map((step) => (
        <li key={keyOf(step)} style={{ paddingInlineStart: `${Math.max(0, step.depth - 1) * indent_rem}rem` }}>
          <span title={say(step)}>
            <Shown step={step} />
            {step.depth === 1 && <AssertionNote said={assertedOf(step, apart, onward)} />}
          </span>
        </li>
      ))}
    </ul>
  )
}

const keyOf = (step: LineageStep): string =>
  [step.depth, step.kind, nodeName(step), step.file?.digest ?? step.text].join(' ')

/** The assertion about the edge between this thing and a step. */
const assertedOf = (step: LineageStep, apart: Independence[], onward: boolean) =>
  apart.find(({ of, on }) => nodeName(onward ? of : on) !== undefined && nodeName(onward ? of : on) === nodeName(step))

function AssertionNote({ said }: { said: Independence | undefined }) {
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
