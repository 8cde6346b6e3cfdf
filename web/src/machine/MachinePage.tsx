// The machine: what is in use now, the runners, and the use over time.
import { useNavigate, useSearch } from '@tanstack/react-router'
import { type MachineReport, useMachine } from '../api/machine'
import { useFormat } from '../format/format'
import { useBreadcrumb } from '../frame/Breadcrumb'
import { useText } from '../messages/catalogue'
import { Answer } from '../parts/Answer'
import style from './Machine.module.css'
import { defaultSpan } from './machine_search'
import { NowPart } from './NowPart'
import { RunnerTable } from './RunnerTable'
import { UsePart } from './UsePart'

export function MachinePage() {
  const text = useText()
  const navigate = useNavigate()
  const { span = defaultSpan } = useSearch({ from: '/machine' })
  const asked = useMachine(span)
  useBreadcrumb(undefined, text('machine.title'))
  return (
    <div className={style.page}>
      <header className={style.head}>
        <h1>{text('machine.title')}</h1>
        <p>{asked.data && <Summary machine={asked.data} />}</p>
      </header>
      <Answer asked={asked} lines={10}>
        {(machine) => (
          <>
            <NowPart machine={machine} />
            <UsePart
              machine={machine}
              span={span}
              onSpan={(chosen) =>
                navigate({ to: '/machine', search: { span: chosen === defaultSpan ? undefined : chosen } })
              }
            />
            <RunnerTable runners={machine.runners} />
          </>
        )}
      </Answer>
    </div>
  )
}

function Summary({ machine: { running, waiting, tasks_queued } }: { machine: MachineReport }) {
  const text = useText()
  const format = useFormat()
  const counts = text('machine.summary', { running: format.count(running), waiting: format.count(waiting) })
  const tasks = tasks_queued > 0 && text('machine.summary.tasks', { count: tasks_queued })
  return <>{tasks ? `${counts} ${tasks}` : counts}</>
}
