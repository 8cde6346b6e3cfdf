// A link to the form of an array, empty or filled in, for users who may start runs. The palette offers it on the same pages.
import { Link, useNavigate } from '@tanstack/react-router'
import { mayChangeAny } from '../api/permissions'
import { useMe } from '../api/server'
import { usePageAction } from '../frame/page_actions'
import { useText } from '../messages/catalogue'
import buttonStyle from '../parts/Button.module.css'
import { Icon } from '../parts/Icon'
import type { NewArraySearch } from './array_search'

interface NewArrayLinkProps {
  /** The array or run from which the form is filled in. */
  from?: NewArraySearch
}

export function NewArrayLink({ from = {} }: NewArrayLinkProps) {
  const text = useText()
  const navigate = useNavigate()
  const isOffered = mayChangeAny(useMe().data)
  const label = text(
    from.like !== undefined ? 'array.new.otherValues' : from.run !== undefined ? 'array.new.fromRun' : 'array.new',
  )
  usePageAction(isOffered ? { id: 'array', label, icon: 'array' } : undefined, () =>
    navigate({ to: '/arrays/new', search: from }),
  )
  if (!isOffered) return null
  return (
    <Link to="/arrays/new" search={from} className={buttonStyle.button}>
      <Icon name="array" />
      {label}
    </Link>
  )
}
