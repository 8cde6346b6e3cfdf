// The steps of a workflow in their order. Below a step: why it ran again, what was put back, why it could not be done.
import { Fragment } from 'react'
import type { WorkflowStep } from '../api/workflows'
import { useFormat } from '../format/format'
import { NodeLink } from '../lineage/NodeLink'
import { useText } from '../messages/catalogue'
import { useSay } from '../messages/say'
import tableStyle from '../parts/Table.module.css'
import { TableFrame } from '../parts/TableFrame'
import style from './Workflow.module.css'
import { StepState } from './WorkflowState'

const columns = 4

export function StepTable({ steps }: { steps: WorkflowStep[] }) {
  const text = useText()
  return (
    <TableFrame>
      <table className={`${tableStyle.table} ${style.steps}`} aria-label={text('workflow.steps')}>
        <thead>
          <tr>
            <th scope="col">{text('workflow.step')}</th>
            <th scope="col">{text('workflow.state')}</th>
            <th scope="col">{text('workflow.step.run')}</th>
            <th scope="col">{text('workflow.step.result')}</th>
          </tr>
        </thead>
        <tbody>
          {steps.map((step) => (
            <Fragment key={step.name}>
              <tr>
                <th scope="row">
                  {step.name}
                  <Needs step={step} steps={steps} />
                </th>
                <td>
                  <StepState state={step.state} />
                </td>
                <td>{step.run && <NodeLink node={step.run} />}</td>
                <td>{step.result && <NodeLink node={step.result} />}</td>
              </tr>
              <Notes step={step} />
            </Fragment>
          ))}
        </tbody>
      </table>
    </TableFrame>
  )
}

function Needs({ step: { needs }, steps }: { step: WorkflowStep; steps: WorkflowStep[] }) {
  const text = useText()
  const names = needs.flatMap((position) => steps[position]?.name ?? [])
  if (names.length === 0) return null
  return <span className={style.needs}>{text('workflow.step.needs', { steps: names.join(', ') })}</span>
}

function Notes({ step }: { step: WorkflowStep }) {
  const text = useText()
  const putBack = usePutBack(step)
  const failure = useFailure(step)
  const { because, error } = step
  if (because.length === 0 && putBack === '' && failure === undefined && !error) return null
  return (
    <tr className={style.notes}>
      <td colSpan={columns}>
        {because.length > 0 && <p>{text('workflow.step.because', { because: because.join('; ') })}</p>}
        {putBack !== '' && <p>{putBack}</p>}
        {failure !== undefined && <p className={style.error}>{failure}</p>}
        {error && (
          <>
            <p className={style.error} lang="en">
              {error.message}
            </p>
            {error.hint && <p lang="en">{text('workflow.step.hint', { hint: error.hint })}</p>}
          </>
        )}
      </td>
    </tr>
  )
}

/** Outputs of an earlier run that were written to the folder again; empty for none. */
function usePutBack({ put_back: { files, replaced, folders } }: WorkflowStep): string {
  const text = useText()
  const format = useFormat()
  const counted = (count: number) => ({ count: count === 1 ? 1 : format.count(count) })
  const parts = [
    files > 0 && text('workflow.step.files', counted(files)),
    replaced > 0 && text('workflow.step.replaced', counted(replaced)),
    folders > 0 && text('workflow.step.folders', counted(folders)),
  ]
  return parts.filter(Boolean).join(' · ')
}

/** Why a step failed that was carried out: how its run ended, or how many checks of its dataset fail. */
function useFailure({ state, run, result }: WorkflowStep): string | undefined {
  const text = useText()
  const say = useSay()
  if (state !== 'failed') return undefined
  const failedChecks = result?.dataset?.checks_failed ?? 0
  if (failedChecks > 0) return text('data.checks.fail', { count: failedChecks })
  const ended = run?.run
  if (ended == null || ended.state === 'done') return undefined
  return ended.outcome_said ? say(ended.outcome_said) : (ended.outcome ?? undefined)
}
