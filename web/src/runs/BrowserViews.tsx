// Offers to save the views that an earlier version kept in this browser alone.
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { asApiError } from '../api/error'
import { saveView, viewKeys } from '../api/saved_views'
import { useText } from '../messages/catalogue'
import { Button } from '../parts/Button'
import { Problem } from '../parts/Notice'
import style from '../views/Views.module.css'
import { stateOf } from '../views/view_state'
import { keepInBrowser, useBrowserViews } from './browser_views'

export function BrowserViews({ project }: { project: string | undefined }) {
  const text = useText()
  const client = useQueryClient()
  const views = useBrowserViews()
  const [taken, setTaken] = useState<string[]>([])
  const [error, setError] = useState<unknown>()
  const [busy, setBusy] = useState(false)
  if (views.length === 0 || project === undefined) return null
  const names = views.map(({ name }) => name).join(', ')
  const save = async () => {
    setBusy(true)
    setError(undefined)
    const left = [...views]
    const refused: string[] = []
    try {
      for (const view of views) {
        try {
          await saveView({ project, name: view.name, page: 'runs', state: stateOf(view.search), replace: false })
          left.splice(left.indexOf(view), 1)
        } catch (problem) {
          if (asApiError(problem)?.status !== 409) throw problem
          refused.push(view.name)
        }
      }
    } catch (problem) {
      setError(problem)
    }
    keepInBrowser(left)
    setTaken(refused)
    setBusy(false)
    client.invalidateQueries({ queryKey: viewKeys.all })
  }
  return (
    <div className={style.offer} role="note">
      <p>{text('views.browser', { count: views.length, names })}</p>
      {taken.length > 0 && <p role="alert">{text('views.browser.taken', { names: taken.join(', ') })}</p>}
      {error !== undefined && <Problem error={error} />}
      <Button disabled={busy} onClick={save}>
        {text('views.browser.save', { project })}
      </Button>
      <Button kind="quiet" disabled={busy} onClick={() => keepInBrowser([])}>
        {text('views.browser.drop')}
      </Button>
    </div>
  )
}
