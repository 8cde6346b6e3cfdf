// The actions on a saved view: overwrite it with the state of the page, rename it, remove it. Members of its project may.
import { useState } from 'react'
import { useMayChange } from '../api/permissions'
import { type SavedView, useRemoveView, useRenameView, useSaveView } from '../api/saved_views'
import { useText } from '../messages/catalogue'
import { IconButton } from '../parts/Button'
import { ConfirmDialog } from '../parts/ConfirmDialog'
import { FormDialog } from '../parts/FormDialog'
import inputStyle from '../parts/Input.module.css'
import { Problem } from '../parts/Notice'
import { nameCharacters_max } from './view_name'

interface ViewActionsProps {
  view: SavedView
  /** The state of the page, if it may overwrite the view. */
  state?: Record<string, unknown>
  /** The view has another name now, or, without one, none any more. */
  onRenamed?: (id: string | undefined) => void
}

export function ViewActions({ view, state, onRenamed }: ViewActionsProps) {
  const text = useText()
  const mayChange = useMayChange(view.project)
  const save = useSaveView()
  const rename = useRenameView()
  const remove = useRemoveView()
  const [name, setName] = useState<string>()
  const [asks, setAsks] = useState(false)
  if (!mayChange) return null
  const { id, project, page } = view
  return (
    <>
      {state && (
        <IconButton
          icon="again"
          label={text('views.overwrite.named', { name: view.name })}
          disabled={save.isPending}
          onClick={() => save.mutate({ project, name: view.name, page, state, replace: true })}
        />
      )}
      <IconButton
        icon="pencil"
        label={text('views.rename.named', { name: view.name })}
        onClick={() => {
          rename.reset()
          setName(view.name)
        }}
      />
      <IconButton icon="cross" label={text('views.remove.named', { name: view.name })} onClick={() => setAsks(true)} />
      {(save.error ?? remove.error) && <Problem error={save.error ?? remove.error} />}
      <FormDialog
        open={name !== undefined}
        onOpenChange={(open) => !open && setName(undefined)}
        title={text('views.rename.named', { name: view.name })}
        act={text('views.rename')}
        busy={rename.isPending}
        notYet={name?.trim() === ''}
        error={rename.error}
        onAct={() =>
          rename.mutate(
            { id, name: name?.trim() ?? '' },
            {
              onSuccess: () => {
                onRenamed?.(`${project}:${name?.trim()}`)
                setName(undefined)
              },
            },
          )
        }
      >
        <label className={inputStyle.field}>
          <span>{text('views.name')}</span>
          <input
            className={inputStyle.input}
            value={name ?? ''}
            maxLength={nameCharacters_max}
            autoComplete="off"
            onChange={(event) => setName(event.target.value)}
          />
        </label>
      </FormDialog>
      <ConfirmDialog
        open={asks}
        onOpenChange={setAsks}
        title={text('views.remove.title', { name: view.name })}
        body={text('views.remove.body', { project })}
        keep={text('views.keep')}
        act={text('views.remove')}
        onAct={() => remove.mutate(id, { onSuccess: () => onRenamed?.(undefined) })}
      />
    </>
  )
}
