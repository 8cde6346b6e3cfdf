// The other actions for a run: compare it, edit its note, archive it, remove it from the archive, delete it.
import { Menu } from '@base-ui/react/menu'
import { useNavigate } from '@tanstack/react-router'
import { useRef, useState } from 'react'
import { useChangeLabels } from '../api/labels'
import { owns } from '../api/permissions'
import { useMe } from '../api/server'
import type { RunDetail } from '../api/types'
import { compareLink } from '../compare/compare_search'
import { usePageAction } from '../frame/page_actions'
import { useText } from '../messages/catalogue'
import { IconButton } from '../parts/Button'
import { Icon } from '../parts/Icon'
import menuStyle from '../parts/Menu.module.css'
import { Problem } from '../parts/Notice'
import { hasEnded } from '../parts/run_state'
import { DeleteDialog } from '../runs/DeleteDialog'

interface RunMenuProps {
  run: RunDetail
  /** The run's name in the address. */
  name: string
  onWriteNote: () => void
}

export function RunMenu({ run, name, onWriteNote }: RunMenuProps) {
  const text = useText()
  const change = useChangeLabels(name)
  const { archived = false } = run
  const writes = useRef(false)
  const navigate = useNavigate()
  const canChange = archived || hasEnded(run.state)
  const isOwner = owns(useMe().data, run.project)
  const canDelete = isOwner && hasEnded(run.state)
  const [deletes, setDeletes] = useState(false)
  usePageAction(
    canDelete ? { id: 'delete', label: text('delete.of', { run: run.handle }), icon: 'cross' } : undefined,
    () => setDeletes(true),
  )
  const toggle = () => change.mutate({ archived: !archived })
  usePageAction(
    canChange
      ? {
          id: 'archive',
          label: text(archived ? 'archive.undo.of' : 'archive.of', { run: run.handle }),
          icon: 'archive',
        }
      : undefined,
    toggle,
  )
  return (
    <>
      <Menu.Root>
        <Menu.Trigger render={<IconButton icon="more" label={text('run.more')} />} />
        <Menu.Portal>
          <Menu.Positioner align="end" sideOffset={4} className={menuStyle.positioner}>
            <Menu.Popup
              className={menuStyle.popup}
              // After "edit note" the focus is in the note's field, not on the menu button.
              finalFocus={() => {
                const stay = writes.current
                writes.current = false
                return !stay
              }}
            >
              <Menu.Item className={menuStyle.item} onClick={() => navigate(compareLink([run.handle]))}>
                <Icon name="runs" size={14} />
                {text('compare.with')}
              </Menu.Item>
              <Menu.Item
                className={menuStyle.item}
                onClick={() => {
                  writes.current = true
                  onWriteNote()
                }}
              >
                <Icon name="pencil" size={14} />
                {text(run.note ? 'note.edit' : 'note.write')}
              </Menu.Item>
              <Menu.Item className={menuStyle.item} disabled={!canChange || change.isPending} onClick={toggle}>
                <Icon name="archive" size={14} />
                <span>
                  {text(archived ? 'archive.undo' : 'archive.do')}
                  {!canChange && <small>{text('archive.live')}</small>}
                </span>
              </Menu.Item>
              <Menu.Item className={menuStyle.item} disabled={!canDelete} onClick={() => setDeletes(true)}>
                <Icon name="cross" size={14} />
                <span>
                  {text('delete.do')}
                  {!canDelete && <small>{text(isOwner ? 'delete.live' : 'delete.owner')}</small>}
                </span>
              </Menu.Item>
            </Menu.Popup>
          </Menu.Positioner>
        </Menu.Portal>
      </Menu.Root>
      {change.error && <Problem error={change.error} />}
      <DeleteDialog runs={[run.handle]} open={deletes} onOpenChange={setDeletes} />
    </>
  )
}
