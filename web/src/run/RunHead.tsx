// The title line of a run and one sentence about its state.
import { useMutation } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useMayChange } from '../api/permissions'
import { cancelRun, holdRun } from '../api/runs'
import type { RunDetail } from '../api/types'
import { type NewArraySearch, numberOf } from '../arrays/array_search'
import { NewArrayLink } from '../arrays/NewArrayLink'
import { useNow } from '../format/clock'
import { useFormat } from '../format/format'
import { ArchivedMark } from '../labels/ArchivedMark'
import { LabelsPart } from '../labels/LabelsPart'
import { NamedTags } from '../labels/NamedTags'
import { useText } from '../messages/catalogue'
import { Button } from '../parts/Button'
import buttonStyle from '../parts/Button.module.css'
import { ConfirmDialog } from '../parts/ConfirmDialog'
import { Problem } from '../parts/Notice'
import style from '../parts/NounPage.module.css'
import { hasEnded, runState } from '../parts/run_state'
import { StateBadge } from '../parts/StateBadge'
import { Time } from '../parts/Time'
import { ReproduceButton } from '../reproduction/ReproduceButton'
import { RetractButton } from '../soundness/RetractButton'
import { RunMenu } from './RunMenu'
import { useRunResult } from './run_result'
import { summarySentence } from './run_summary'

/** `name` is the run's name in the address. */
export function RunHead({ run, name }: { run: RunDetail; name: string }) {
  const text = useText()
  const mayChange = useMayChange(run.project)
  const [writing, setWriting] = useState(false)
  return (
    <header className={style.head}>
      <div className={style.titleLine}>
        <h1>
          <span className={style.handle}>{run.handle}</span>
          {run.name && <span>{run.name}</span>}
        </h1>
        <StateBadge state={runState(run.state)} />
        {run.archived && <ArchivedMark />}
        <span className={style.by}>
          {run.submitted_by.name && `${text('run.by', { user: run.submitted_by.name })} · `}
          <Time at={run.submitted} />
        </span>
        <span className={style.acts}>
          <ResultLink run={run} />
          {mayChange && hasEnded(run.state) && run.spec && !run.spec.recipe && <NewArrayLink from={arrayFrom(run)} />}
          {run.state === 'done' && <ReproduceButton run={run} />}
          {hasEnded(run.state) ? (
            <RetractButton of={`run/${run.id}`} called={run.handle} soundness={run.soundness} project={run.project} />
          ) : (
            mayChange && (
              <>
                {run.state === 'waiting' && <HoldButton run={run} />}
                <CancelButton run={run} />
              </>
            )
          )}
          {mayChange && <RunMenu run={run} name={name} onWriteNote={() => setWriting(true)} />}
        </span>
      </div>
      <Summary run={run} />
      <TaskLine run={run} />
      <LabelsPart run={run} name={name} mayChange={mayChange} writing={writing} onWriting={setWriting} />
      <NamedTags run={run} />
    </header>
  )
}

/** The form of an array is filled in from the array of the run, or from the run. */
const arrayFrom = ({ task_of, handle }: RunDetail): NewArraySearch =>
  task_of ? { like: numberOf({ name: task_of.array }) } : { run: handle }

/** The page that shows the result of a recipe. */
function ResultLink({ run }: { run: RunDetail }) {
  const text = useText()
  const made = useRunResult(run).data
  if (!made) return null
  return (
    <Link {...made.link} className={buttonStyle.button}>
      {text(made.label, made.values)}
    </Link>
  )
}

/** Which task of which array it is. */
function TaskLine({ run: { task_of } }: { run: RunDetail }) {
  const text = useText()
  const format = useFormat()
  if (!task_of) return null
  const { array, task } = task_of
  const [before, after] = text('array.taskOf', { task: format.count(task), array: '\n' }).split('\n')
  return (
    <p className={style.by}>
      {before}
      <Link to="/arrays/$array" params={{ array: numberOf({ name: array }) }} search={task > 1 ? { from: task } : {}}>
        {array}
      </Link>
      {after}
    </p>
  )
}

function Summary({ run }: { run: RunDetail }) {
  const text = useText()
  const format = useFormat()
  const bad = run.state === 'failed' || run.state === 'lost'
  return (
    <p className={style.summary} data-bad={bad}>
      {summarySentence(run, text, format, useNow())}
    </p>
  )
}

function HoldButton({ run }: { run: RunDetail }) {
  const text = useText()
  const held = run.queue?.held ?? false
  const change = useMutation({ mutationFn: () => holdRun(run.handle, !held) })
  return (
    <>
      <Button icon="pause" disabled={change.isPending} onClick={() => change.mutate()}>
        {text(held ? 'run.release' : 'run.hold')}
      </Button>
      {change.error && <Problem error={change.error} />}
    </>
  )
}

function CancelButton({ run }: { run: RunDetail }) {
  const text = useText()
  const [asking, setAsking] = useState(false)
  const cancel = useMutation({ mutationFn: () => cancelRun(run.handle) })
  return (
    <>
      <Button
        kind="danger"
        icon="stop"
        disabled={cancel.isPending || run.state === 'stopping'}
        onClick={() => setAsking(true)}
      >
        {text('run.cancel')}
      </Button>
      {cancel.error && <Problem error={cancel.error} />}
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={text('run.cancel.ask', { run: run.handle })}
        body={text('runs.cancel.body')}
        keep={text('run.cancel.keep')}
        act={text('run.cancel')}
        onAct={() => cancel.mutate()}
      />
    </>
  )
}
