// A link to the page that imports a table, for users who may. The palette offers it on the same page.
import { Link, useNavigate } from '@tanstack/react-router'
import { mayChangeAny } from '../api/permissions'
import { useMe } from '../api/server'
import { usePageAction } from '../frame/page_actions'
import { useText } from '../messages/catalogue'
import buttonStyle from '../parts/Button.module.css'
import { Icon } from '../parts/Icon'

export function ImportLink() {
  const text = useText()
  const navigate = useNavigate()
  const isOffered = mayChangeAny(useMe().data)
  const label = text('import.title')
  usePageAction(isOffered ? { id: 'import', label, icon: 'table' } : undefined, () => navigate({ to: '/import' }))
  if (!isOffered) return null
  return (
    <Link to="/import" className={buttonStyle.button}>
      <Icon name="table" />
      {label}
    </Link>
  )
}
