// The panel of one run in the list: its colour, whether it stays at the top, its tags and note,
// and the archive.
import { Popover } from '@base-ui/react/popover'
import { Link } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import { useChangeLabels } from '../api/labels'
import { useMayChange } from '../api/permissions'
import { useRun } from '../api/runs'
import type { RunDetail, RunSummary } from '../api/types'
import { chooseColour, useRunToken } from '../charts/colour_choice'
import { seriesCount } from '../charts/palette'
import { LabelsPart } from '../labels/LabelsPart'
import { useText } from '../messages/catalogue'
import { Answer } from '../parts/Answer'
import { Button } from '../parts/Button'
import menuStyle from '../parts/Menu.module.css'
import { Problem } from '../parts/Notice'
import { hasEnded } from '../parts/run_state'
import style from './RowPanel.module.css'

interface RowPanelProps {
  run: RunSummary
  /** The place at which it opens: it stays there when the row moves to the top. */
  place: DOMRect
  isPinned: boolean
  onPin: () => void
  /** Undefined: the run has its own colour again. */
  onColour: (series: number | undefined) => void
  onClose: () => void
}

export function RowPanel({ run, place, isPinned, onPin, onColour, onClose }: RowPanelProps) {
  const text = useText()
  const tokenOf = useRunToken()
  const token = tokenOf(run.id)
  const choose = (series: number | undefined) => {
    chooseColour(run.id, series)
    onColour(series)
  }
  const anchor = useMemo(() => ({ getBoundingClientRect: () => place }), [place])
  return (
    <Popover.Root open onOpenChange={(open) => !open && onClose()}>
      <Popover.Portal>
        <Popover.Positioner anchor={anchor} align="start" sideOffset={4} className={menuStyle.positioner}>
          <Popover.Popup
            className={`${menuStyle.popup} ${style.panel}`}
            aria-label={text('runs.row.panel', { run: run.handle })}
          >
            <header>
              <Link to="/r/$run" params={{ run: run.handle }}>
                {run.handle}
              </Link>
              <span>{run.name}</span>
            </header>
            <div className={style.colours} role="group" aria-label={text('runs.row.colour')}>
              {Array.from({ length: seriesCount }, (_, at) => at + 1).map((series) => (
                <button
                  key={series}
                  type="button"
                  aria-label={text('runs.row.colour.number', { number: series })}
                  aria-pressed={token === `--series-${series}`}
                  style={{ background: `var(--series-${series})` }}
                  onClick={() => choose(series)}
                />
              ))}
              <Button kind="quiet" onClick={() => choose(undefined)}>
                {text('runs.row.colour.own')}
              </Button>
            </div>
            <div className={style.acts}>
              <Button icon="up" onClick={onPin}>
                {text(isPinned ? 'runs.row.unpin' : 'runs.row.pin')}
              </Button>
            </div>
            <Answer asked={useRun(run.handle)} lines={2}>
              {(detail) => <Labels run={detail} name={run.handle} />}
            </Answer>
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  )
}

function Labels({ run, name }: { run: RunDetail; name: string }) {
  const text = useText()
  const mayChange = useMayChange(run.project)
  const [writing, setWriting] = useState(false)
  const change = useChangeLabels(name)
  const archived = run.archived ?? false
  return (
    <>
      <LabelsPart run={run} name={name} mayChange={mayChange} writing={writing} onWriting={setWriting} />
      {mayChange && (archived || hasEnded(run.state)) && (
        <div className={style.acts}>
          <Button icon="archive" disabled={change.isPending} onClick={() => change.mutate({ archived: !archived })}>
            {text(archived ? 'archive.undo' : 'archive.do')}
          </Button>
        </div>
      )}
      {change.error && <Problem error={change.error} />}
    </>
  )
}
