// The list of arrays, newest first: the state, how many tasks are in which state, and the command.
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback } from 'react'
import { type ArraySummary, useArrayList } from '../api/arrays'
import { useFormat } from '../format/format'
import { useBreadcrumb } from '../frame/Breadcrumb'
import { useText } from '../messages/catalogue'
import inputStyle from '../parts/Input.module.css'
import { ListPage } from '../parts/ListPage'
import listStyle from '../parts/ListPage.module.css'
import { Time } from '../parts/Time'
import style from './Array.module.css'
import { numberOf } from './array_search'
import { NewArrayLink } from './NewArrayLink'
import { ArrayState, StateBar, useCountWords } from './StateParts'

const example = "hven map 'python sim.py {i}' --over i=1..10"

export function ArrayListPage() {
  const text = useText()
  const { q, state } = useSearch({ from: '/arrays' })
  const navigate = useNavigate({ from: '/arrays' })
  const onFilter = useCallback(
    (value: string) => navigate({ search: (now) => ({ ...now, q: value || undefined }), replace: true }),
    [navigate],
  )
  useBreadcrumb(undefined, text('nav.arrays'))
  return (
    <ListPage<ArraySummary>
      title={text('nav.arrays')}
      count={(count, more) => `${text('arrays.count', { count })}${more ? ' +' : ''}`}
      filter={{ label: text('arrays.filter'), value: q ?? '', onChange: onFilter }}
      filters={
        <select
          className={inputStyle.select}
          value={state ?? ''}
          aria-label={text('arrays.state')}
          onChange={({ target: { value } }) =>
            navigate({ search: (now) => ({ ...now, state: value === 'running' ? value : undefined }), replace: true })
          }
        >
          <option value="">{text('arrays.state.any')}</option>
          <option value="running">{text('arrays.state.running')}</option>
        </select>
      }
      isFiltered={state !== undefined}
      asked={useArrayList({ q, state })}
      keyOf={({ id }) => id}
      columns={[
        { title: text('array.array'), cell: (array) => <Named array={array} /> },
        { title: text('array.state'), cell: (array) => <ArrayState array={array} /> },
        { title: text('array.tasks'), wide: true, cell: (array) => <Counts array={array} /> },
        { title: text('word.project'), wide: true, cell: ({ project }) => project },
        { title: text('array.submitted'), wide: true, cell: ({ submitted }) => <Time at={submitted} /> },
      ]}
      none={{ text: text('arrays.none'), command: example }}
      noneMatch={text('arrays.none.match')}
      action={<NewArrayLink />}
    />
  )
}

function Named({ array }: { array: ArraySummary }) {
  const { name, title, command } = array
  return (
    <>
      <Link to="/arrays/$array" params={{ array: numberOf(array) }}>
        {name}
      </Link>
      {title && <span className={style.title}>{title}</span>}
      <span className={listStyle.statement} title={command}>
        <code>{command}</code>
      </span>
    </>
  )
}

function Counts({ array: { tasks, counts } }: { array: ArraySummary }) {
  const text = useText()
  const format = useFormat()
  const words = useCountWords()
  const total = text('array.tasks.count', { count: tasks === 1 ? 1 : format.count(tasks) })
  return (
    <span className={style.counts}>
      <StateBar counts={counts} />
      <span>
        {total} · {words(counts)}
      </span>
    </span>
  )
}
