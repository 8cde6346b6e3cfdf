// The steps of a repair, in the order in which they can run.
import { Link } from '@tanstack/react-router'
import type { RepairStep } from '../api/types'
import { useFormat } from '../format/format'
import { NodeLink } from '../lineage/NodeLink'
import { nodeName } from '../lineage/node_view'
import { keyFor, useText } from '../messages/catalogue'
import { type RunState, StateShape } from '../parts/StateBadge'
import tableStyle from '../parts/Table.module.css'
import { TableFrame } from '../parts/TableFrame'
import style from './Soundness.module.css'

/** The state of a step has the shape of the same state of a run. */
const shapes: Record<string, RunState> = {
  ready: 'waiting',
  waiting: 'waiting',
  running: 'running',
  done: 'done',
  failed: 'failed',
  by_hand: 'lost',
}

export function RepairSteps({ steps }: { steps: RepairStep[] }) {
  const text = useText()
  const format = useFormat()
  return (
    <TableFrame>
      <table className={tableStyle.table} aria-label={text('repair.steps')}>
        <thead>
          <tr>
            <th scope="col">{text('repair.step')}</th>
            <th scope="col">{text('repair.state')}</th>
            <th scope="col" className={`${tableStyle.number} ${tableStyle.wide}`}>
              {text('repair.took')}
            </th>
            <th scope="col">{text('repair.by')}</th>
          </tr>
        </thead>
        <tbody>
          {steps.map((step) => (
            <tr key={nodeName(step) ?? step.text}>
              <th scope="row">
                <NodeLink node={step} unmarked />
              </th>
              <td>
                <Progress progress={step.progress} />
              </td>
              <td className={`${tableStyle.number} ${tableStyle.wide}`}>
                {step.wall_s != null && format.duration(step.wall_s)}
              </td>
              <td className={style.because}>
                {step.by && (
                  <Link to="/r/$run" params={{ run: step.by.handle }}>
                    {step.by.handle}
                  </Link>
                )}
                {step.because && ` ${step.because}`}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableFrame>
  )
}

function Progress({ progress }: { progress: string }) {
  const text = useText()
  const key = keyFor('repair.progress', progress)
  return (
    <span className={style.progress} data-progress={progress}>
      <StateShape state={shapes[progress] ?? 'lost'} />
      {key ? text(key) : progress}
    </span>
  )
}
