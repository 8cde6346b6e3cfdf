// The facts about a workflow: project, folder, who started it, when, and the digest of its manifest.
import type { WorkflowSummary } from '../api/workflows'
import { useText } from '../messages/catalogue'
import { Copyable } from '../parts/Copyable'
import { Facts } from '../parts/Facts'
import nounStyle from '../parts/NounPage.module.css'
import { Duration, Time } from '../parts/Time'

const digestShown = 12

export function WorkflowFacts({ workflow }: { workflow: WorkflowSummary }) {
  const text = useText()
  const { started, started_by, ended, ended_by, state } = workflow
  return (
    <aside className={nounStyle.facts} aria-label={text('run.facts')}>
      <h2>{text('run.facts')}</h2>
      <Facts
        lines={[
          { name: text('word.project'), value: workflow.project },
          { name: text('word.folder'), value: <Copyable value={workflow.folder} /> },
          { name: text('workflow.startedBy'), value: started_by.name ?? started_by.kind },
          { name: text('workflow.started'), value: <Time at={started} /> },
          ended != null && { name: text('workflow.ended'), value: <Time at={ended} /> },
          state === 'cancelled' &&
            ended_by && { name: text('workflow.cancelledBy'), value: ended_by.name ?? ended_by.kind },
          ended != null && { name: text('run.fact.took'), value: <Duration from={started} to={ended} /> },
          { name: text('workflow.manifest'), value: <Digest digest={workflow.manifest} /> },
          { name: text('run.fact.id'), value: <Digest digest={workflow.id} /> },
        ]}
      />
    </aside>
  )
}

function Digest({ digest }: { digest: string }) {
  return <Copyable value={digest} shown={`${digest.slice(0, digestShown)}…`} />
}
