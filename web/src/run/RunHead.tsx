// The title line of a run and the one sentence that says how it stands.
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { cancelRun } from '../api/runs'
import type { RunDetail } from '../api/types'
import { useNow } from '../format/clock'
import { useFormat } from '../format/format'
import { useText } from '../messages/catalogue'
import { AskDialog } from '../parts/AskDialog'
import { Button } from '../parts/Button'
import { Problem } from '../parts/Notice'
import { hasEnded, runState } from '../parts/run_state'
import { StateBadge } from '../parts/StateBadge'
import { Time } from '../parts/Time'
import style from './RunPage.module.css'
import { summarySentence } from './run_summary'

export function RunHead({ run }: { run: RunDetail }) {
  const text = useText()
  return (
    <header className={style.head}>
      <div className={style.titleLine}>
        <h1>
          <span className={style.handle}>{run.handle}</span>
          {run.name && <span>{run.name}</span>}
        </h1>
        <StateBadge state={runState(run.state)} />
        <span className={style.by}>
          {run.submitted_by.name && `${text('run.by', { user: run.submitted_by.name })} · `}
          <Time at={run.submitted} />
        </span>
        {!hasEnded(run.state) && <CancelButton run={run} />}
      </div>
      <Summary run={run} />
    </header>
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
      <AskDialog
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
