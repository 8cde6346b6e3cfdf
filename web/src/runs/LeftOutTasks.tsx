// The tasks of arrays that match a filter of the list of runs, which leaves them out.
import { Link } from '@tanstack/react-router'
import { type RunFilter, useTaskCount } from '../api/runs'
import { useFormat } from '../format/format'
import { useText } from '../messages/catalogue'
import style from './RunsPage.module.css'

const arrays_max = 3

export function LeftOutTasks({ filter }: { filter: RunFilter }) {
  const text = useText()
  const format = useFormat()
  const { data } = useTaskCount(filter)
  if (!data || data.tasks === 0) return null
  const { tasks, truncated, arrays } = data
  const count = tasks === 1 ? 1 : format.count(tasks)
  return (
    <p className={style.leftOut} role="note">
      {text(truncated ? 'runs.tasks.leftOut.more' : 'runs.tasks.leftOut', { count })}
      {arrays.slice(0, arrays_max).map(({ array }) => (
        <span key={array}>
          {' '}
          <Link to="/arrays/$array" params={{ array: array.replace('array/', '') }}>
            {array}
          </Link>
        </span>
      ))}
      {arrays.length > arrays_max && ' …'}
    </p>
  )
}
