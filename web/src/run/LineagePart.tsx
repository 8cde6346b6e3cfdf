// Why a run is as it is, and what rests on it: paths, in the same place on every page.
import { Link } from '@tanstack/react-router'
import { useRunExplanation, useRunWhy } from '../api/runs'
import type { LineageStep } from '../api/types'
import { useFormat } from '../format/format'
import { useText } from '../messages/catalogue'
import { useSay } from '../messages/say'
import { Placeholder, Problem } from '../parts/Notice'
import { runState } from '../parts/run_state'
import { StateShape } from '../parts/StateBadge'
import style from './RunPage.module.css'

export function LineagePart({ name }: { name: string }) {
  const text = useText()
  const say = useSay()
  const why = useRunWhy(name)
  const explanation = useRunExplanation(name)
  return (
    <aside className={style.lineage} aria-label={`${text('run.why')} ${text('run.rests')}`}>
      <section>
        <h2>{text('run.why')}</h2>
        {why.error && !why.data ? (
          <Problem error={why.error} />
        ) : why.data === undefined ? (
          <Placeholder lines={2} />
        ) : (
          <Steps steps={why.data.rests_on} none={text('run.why.none')} />
        )}
        {explanation.data && explanation.data.lines.length > 0 && (
          <ul className={style.reasons}>
            {explanation.data.lines.map((line) => (
              <li key={`${line.about} ${line.text}`}>{say(line)}</li>
            ))}
          </ul>
        )}
      </section>
      <section>
        <h2>{text('run.rests')}</h2>
        {why.data === undefined ? (
          <Placeholder lines={1} />
        ) : (
          <Steps steps={why.data.supports} none={text('run.rests.none')} onward />
        )}
      </section>
    </aside>
  )
}

function Steps({ steps, none, onward = false }: { steps: LineageStep[]; none: string; onward?: boolean }) {
  const format = useFormat()
  const say = useSay()
  if (steps.length === 0) return <p className={style.none}>{none}</p>
  return (
    <ul className={style.steps} data-onward={onward}>
      {steps.map((step) => (
        <li
          key={`${step.depth} ${step.kind} ${step.run?.id ?? ''} ${step.file?.digest ?? step.text}`}
          style={{ paddingInlineStart: `${Math.max(0, step.depth - 1) * 0.9}rem` }}
        >
          <span title={say(step)}>
            {step.run ? (
              <>
                <Link to="/r/$run" params={{ run: step.run.handle }}>
                  <StateShape state={runState(step.run.state)} /> {step.run.handle}
                </Link>{' '}
                {step.run.name ?? <code>{step.run.command}</code>}
                {step.file && <code> {step.file.path}</code>}
              </>
            ) : step.file ? (
              <>
                {step.file.path} <code>{format.bytes(step.file.size)}</code>
              </>
            ) : (
              say(step)
            )}
          </span>
        </li>
      ))}
    </ul>
  )
}
