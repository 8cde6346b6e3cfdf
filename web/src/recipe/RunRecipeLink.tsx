// A link to the recipes for users who may start runs. The palette offers it on the same pages.
import { Link, useNavigate } from '@tanstack/react-router'
import { mayChange, mayChangeAny } from '../api/permissions'
import { useMe } from '../api/server'
import { usePageAction } from '../frame/page_actions'
import { useText } from '../messages/catalogue'
import buttonStyle from '../parts/Button.module.css'
import { Icon } from '../parts/Icon'

interface RunRecipeLinkProps {
  /** The dataset that the recipe will read. */
  data?: string
  /** The project of that dataset. */
  project?: string
}

export function RunRecipeLink({ data, project }: RunRecipeLinkProps) {
  const text = useText()
  const navigate = useNavigate()
  const me = useMe().data
  const isOffered = project === undefined ? mayChangeAny(me) : mayChange(me, project)
  const label = text('recipe.run')
  usePageAction(isOffered ? { id: 'recipe', label, icon: 'runs' } : undefined, () =>
    navigate({ to: '/recipes', search: { data } }),
  )
  if (!isOffered) return null
  return (
    <Link to="/recipes" search={{ data }} className={buttonStyle.button}>
      <Icon name="runs" />
      {label}
    </Link>
  )
}
