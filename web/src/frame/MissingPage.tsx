// The page for an unknown address, and for a page that failed.
import { Link } from '@tanstack/react-router'
import { useText } from '../messages/catalogue'
import { Problem } from '../parts/Notice'
import { useBreadcrumb } from './Breadcrumb'

export function MissingPage() {
  const text = useText()
  useBreadcrumb(undefined, text('missing.title'))
  return (
    <>
      <h1>{text('missing.title')}</h1>
      <p>{text('missing.body')}</p>
      <p>
        <Link to="/">{text('missing.home')}</Link>
      </p>
    </>
  )
}

export function PageProblem({ error }: { error: unknown }) {
  return <Problem error={error} onRetry={() => location.reload()} />
}
