// The list of workflows, newest first: the state, the progress, and the user who started it.
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback } from 'react'
import { useWorkflowList, type WorkflowSummary } from '../api/workflows'
import { useBreadcrumb } from '../frame/Breadcrumb'
import { useText } from '../messages/catalogue'
import { ListPage } from '../parts/ListPage'
import style from '../parts/ListPage.module.css'
import { Time } from '../parts/Time'
import { numberOf, useProgress, WorkflowState } from './WorkflowState'

export function WorkflowsPage() {
  const text = useText()
  const { q = '' } = useSearch({ from: '/workflows' })
  const navigate = useNavigate({ from: '/workflows' })
  const onFilter = useCallback(
    (value: string) => navigate({ search: { q: value || undefined }, replace: true }),
    [navigate],
  )
  useBreadcrumb(undefined, text('nav.workflows'))
  return (
    <ListPage<WorkflowSummary>
      title={text('nav.workflows')}
      count={(count, more) => `${text('workflows.count', { count })}${more ? ' +' : ''}`}
      filter={{ label: text('workflows.filter'), value: q, onChange: onFilter }}
      asked={useWorkflowList(q)}
      keyOf={({ id }) => id}
      columns={[
        { title: text('workflow.workflow'), cell: (workflow) => <Named workflow={workflow} /> },
        { title: text('workflow.state'), cell: ({ state }) => <WorkflowState state={state} /> },
        { title: text('workflow.progress'), wide: true, cell: (workflow) => <Progress workflow={workflow} /> },
        { title: text('word.project'), wide: true, cell: ({ project }) => project },
        { title: text('workflow.started'), wide: true, cell: ({ started }) => <Time at={started} /> },
        { title: text('workflow.startedBy'), wide: true, cell: ({ started_by: { name, kind } }) => name ?? kind },
      ]}
      none={{ text: text('workflows.none'), command: 'hven run' }}
      noneMatch={text('workflows.none.match')}
    />
  )
}

function Named({ workflow }: { workflow: WorkflowSummary }) {
  const { name, folder } = workflow
  return (
    <>
      <Link to="/workflows/$workflow" params={{ workflow: numberOf(workflow) }}>
        {name}
      </Link>
      <span className={style.statement} title={folder}>
        {folder}
      </span>
    </>
  )
}

function Progress({ workflow }: { workflow: WorkflowSummary }) {
  return <>{useProgress(workflow)}</>
}
