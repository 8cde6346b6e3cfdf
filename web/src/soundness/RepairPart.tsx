// The repair of everything downstream of a retracted thing: the corrected version, the steps with their cost in the
// first run, the steps that a person has to do and why, and the progress.
import { useState } from 'react'
import { useMayChange } from '../api/permissions'
import { useRepairPlan } from '../api/repairs'
import type { RepairPlan } from '../api/types'
import { useFormat } from '../format/format'
import { useText } from '../messages/catalogue'
import { Answer } from '../parts/Answer'
import { Button } from '../parts/Button'
import { Command } from '../parts/Copyable'
import inputStyle from '../parts/Input.module.css'
import { Problem } from '../parts/Notice'
import { RepairSteps } from './RepairSteps'
import style from './Soundness.module.css'
import { useRepair, useRunningWith } from './useRepair'

export interface Corrected {
  /** The name of the dataset for the server. */
  name: string
  reference: string
}

interface RepairPartProps {
  of: string
  project: string
  /** The versions that may replace it, newest first; undefined for a run, which is repeated. */
  versions?: Corrected[]
  /** The command that adds a corrected version. */
  command?: string
}

export function RepairPart({ of, project, versions, command }: RepairPartProps) {
  const text = useText()
  const running = useRunningWith(of)
  const [picked, setChosen] = useState<string>()
  const chosen = picked ?? running
  const by = versions && (versions.find(({ name }) => name === chosen) ?? versions[0])
  return (
    <section className={style.plan} aria-label={text('repair.title')}>
      <h2>{text('repair.title')}</h2>
      {versions && by && (
        <label className={`${inputStyle.field} ${style.version}`}>
          <span>{text('repair.with')}</span>
          <select className={inputStyle.select} value={by.name} onChange={(event) => setChosen(event.target.value)}>
            {versions.map(({ name, reference }) => (
              <option key={name} value={name}>
                {reference}
              </option>
            ))}
          </select>
        </label>
      )}
      {versions && by === undefined ? (
        <>
          <p>{text('repair.noVersion')}</p>
          {command && <Command value={command} />}
        </>
      ) : (
        <PlanPart key={by?.name} of={of} by={by?.name} project={project} />
      )}
    </section>
  )
}

function PlanPart({ of, by, project }: { of: string; by: string | undefined; project: string }) {
  const text = useText()
  const mayRepair = useMayChange(project)
  const repair = useRepair(of, by)
  const plan = useRepairPlan(of, by, repair.isRunning)
  return (
    <Answer asked={plan} lines={3}>
      {(shown) => (
        <>
          <Summary plan={shown} isRunning={repair.isRunning} />
          {shown.is_done && shown.steps.length > 0 ? (
            <details>
              <summary>{text('repair.steps')}</summary>
              <RepairSteps steps={shown.steps} />
            </details>
          ) : (
            shown.steps.length > 0 && <RepairSteps steps={shown.steps} />
          )}
          {repair.error ? <Problem error={repair.error} /> : null}
          {mayRepair && shown.steps.length > 0 && !shown.is_done && (
            <div>
              <Button kind="primary" icon="again" disabled={repair.isRunning} onClick={repair.begin}>
                {text(buttonText(shown, repair.isRunning))}
              </Button>
            </div>
          )}
        </>
      )}
    </Answer>
  )
}

function buttonText({ steps }: RepairPlan, isRunning: boolean) {
  if (isRunning) return 'repair.going'
  return steps.some(({ by }) => by != null) ? 'repair.goOn' : 'repair.begin'
}

function Summary({ plan, isRunning }: { plan: RepairPlan; isRunning: boolean }) {
  const text = useText()
  const format = useFormat()
  const { steps } = plan
  if (steps.length === 0) return <p>{text('repair.nothing')}</p>
  const done = steps.filter(({ progress }) => progress === 'done').length
  const byHand = steps.filter(({ progress }) => progress === 'by_hand').length
  const count = steps.length
  return (
    <p role="status">
      {plan.is_done
        ? text('repair.done', { count })
        : text(isRunning ? 'repair.progress' : 'repair.cost', { done, count, wall: format.duration(plan.wall_s) })}
      {byHand > 0 && ` ${text('repair.byHand', { count: byHand })}`}
    </p>
  )
}
