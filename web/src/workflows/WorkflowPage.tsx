// The page of one workflow: its state and progress, the steps in the order in which they are carried out, the manifest.
import { useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { useMayChange } from '../api/permissions'
import { useCancelWorkflow, useWorkflow, type WorkflowDetail, type WorkflowSummary } from '../api/workflows'
import { useBreadcrumb } from '../frame/Breadcrumb'
import { useText } from '../messages/catalogue'
import { useSay } from '../messages/say'
import { Button } from '../parts/Button'
import { ConfirmDialog } from '../parts/ConfirmDialog'
import { Problem } from '../parts/Notice'
import { NounPage, NounPlaceholder, NounProblem } from '../parts/NounPage'
import nounStyle from '../parts/NounPage.module.css'
import { Time } from '../parts/Time'
import { ManifestPart } from './ManifestPart'
import { StepTable } from './StepTable'
import { WorkflowFacts } from './WorkflowFacts'
import { useProgress, WorkflowState } from './WorkflowState'

export function WorkflowPage() {
  const text = useText()
  const { workflow: name } = useParams({ from: '/workflows/$workflow' })
  const { data, error, refetch } = useWorkflow(name)
  useBreadcrumb(data?.workflow.project, data?.workflow.name ?? `workflow/${name}`, '/workflows')
  const called = `${text('workflow.workflow')} ${name}`
  if (error && !data) return <NounProblem name={called} error={error} onRetry={refetch} />
  if (!data) return <NounPlaceholder name={called} />
  return <ShownWorkflow key={data.workflow.id} detail={data} />
}

export function ShownWorkflow({ detail: { workflow, steps } }: { detail: WorkflowDetail }) {
  const text = useText()
  const { name, state, project, started, started_by } = workflow
  const mayChange = useMayChange(project)
  return (
    <NounPage
      title={<span className={nounStyle.handle}>{name}</span>}
      badges={
        <>
          <WorkflowState state={state} />
          <span className={nounStyle.by}>
            {started_by.name && `${text('workflow.by', { user: started_by.name })} · `}
            <Time at={started} />
          </span>
          {state === 'running' && mayChange && (
            <span className={nounStyle.acts}>
              <CancelButton workflow={workflow} />
            </span>
          )}
        </>
      }
      summary={<Summary workflow={workflow} />}
      bad={state === 'incomplete' || state === 'stopped'}
      side={<WorkflowFacts workflow={workflow} />}
    >
      <section aria-label={text('workflow.steps')}>
        <h2>{text('workflow.steps')}</h2>
        <StepTable steps={steps} />
      </section>
      <ManifestPart digest={workflow.manifest} />
    </NounPage>
  )
}

function Summary({ workflow }: { workflow: WorkflowSummary }) {
  const text = useText()
  const say = useSay()
  const progress = useProgress(workflow)
  const { because, because_said } = workflow
  return (
    <>
      {because != null && <p>{text('workflow.stopped', { because: because_said ? say(because_said) : because })}</p>}
      <p role="status">{progress}</p>
    </>
  )
}

function CancelButton({ workflow: { id, name } }: { workflow: WorkflowSummary }) {
  const text = useText()
  const [asking, setAsking] = useState(false)
  const cancel = useCancelWorkflow()
  return (
    <>
      <Button kind="danger" icon="stop" disabled={cancel.isPending} onClick={() => setAsking(true)}>
        {text('workflow.cancel')}
      </Button>
      {cancel.error && <Problem error={cancel.error} />}
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={text('workflow.cancel.ask', { workflow: name })}
        body={text('workflow.cancel.body')}
        keep={text('workflow.cancel.keep')}
        act={text('workflow.cancel')}
        onAct={() => cancel.mutate(id)}
      />
    </>
  )
}
