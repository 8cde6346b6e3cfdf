// The assertions that a thing does not depend on one of its inputs, with person and reason; and the dialogue that adds
// one.
import { useState } from 'react'
import { useAssertIndependence, useReach, useSoundness } from '../api/soundness'
import type { Independence } from '../api/types'
import { NodeLink } from '../lineage/NodeLink'
import { nodeName } from '../lineage/node_view'
import { useText } from '../messages/catalogue'
import { useSay } from '../messages/say'
import { Answer } from '../parts/Answer'
import { Button } from '../parts/Button'
import { FormDialog } from '../parts/FormDialog'
import inputStyle from '../parts/Input.module.css'
import { ReasonField, useReason } from '../parts/ReasonField'
import { Time } from '../parts/Time'
import style from './Soundness.module.css'

interface IndependenceOf {
  /** The name of the thing for the server. */
  of: string
  /** The name of the thing for readers. */
  called: string
}

interface IndependencePartProps extends IndependenceOf {
  /** Whether the reader may add an assertion. */
  mayAssert: boolean
}

export function IndependencePart({ of, called, mayAssert }: IndependencePartProps) {
  const text = useText()
  const [open, setOpen] = useState(false)
  const said = useSoundness(of).data?.independences ?? []
  return (
    <>
      {said.length > 0 && (
        <ul className={style.apart} aria-label={text('apart.list')}>
          {said.map((one) => (
            <AssertionLine key={`${one.of.text} ${one.on.text} ${one.time}`} assertion={one} />
          ))}
        </ul>
      )}
      {mayAssert && (
        <Button kind="quiet" icon="apart" className={style.apartButton} onClick={() => setOpen(true)}>
          {text('apart.open')}
        </Button>
      )}
      <IndependenceDialog of={of} called={called} open={open} onOpenChange={setOpen} />
    </>
  )
}

function AssertionLine({ assertion: { of, on, because, by, time } }: { assertion: Independence }) {
  const text = useText()
  return (
    <li>
      <NodeLink node={of} unmarked /> <b>{text('apart.of')}</b> <NodeLink node={on} unmarked /> ·{' '}
      {text('apart.said', { user: by.name ?? by.kind, because })} · <Time at={time} />
    </li>
  )
}

interface IndependenceDialogProps extends IndependenceOf {
  open: boolean
  onOpenChange: (open: boolean) => void
}

function IndependenceDialog({ of, called, open, onOpenChange }: IndependenceDialogProps) {
  const text = useText()
  const say = useSay()
  const reason = useReason()
  const assert = useAssertIndependence(of)
  const reach = useReach(of, 'sources', open)
  const [chosen, setChosen] = useState<string>()
  const sources = (reach.data?.pages[0]?.items ?? []).flatMap((item) => {
    const name = item.depth === 1 ? nodeName(item) : undefined
    return name === undefined ? [] : [{ name, label: say(item) }]
  })
  const on = chosen ?? sources[0]?.name
  const change = (next: boolean) => {
    reason.clear()
    assert.reset()
    onOpenChange(next)
  }
  const act = () => {
    const because = reason.take()
    if (because !== undefined && on !== undefined) assert.mutate({ on, because }, { onSuccess: () => change(false) })
  }
  return (
    <FormDialog
      open={open}
      onOpenChange={change}
      title={text('apart.title', { called })}
      body={text('apart.body')}
      act={text('apart.act')}
      busy={assert.isPending}
      notYet={on === undefined}
      error={assert.error}
      onAct={act}
    >
      <Answer asked={reach} lines={2}>
        {() =>
          sources.length === 0 ? (
            <p>{text('apart.none')}</p>
          ) : (
            <label className={inputStyle.field}>
              <span>{text('apart.on')}</span>
              <select className={inputStyle.select} value={on} onChange={(event) => setChosen(event.target.value)}>
                {sources.map(({ name, label }) => (
                  <option key={name} value={name}>
                    {label}
                  </option>
                ))}
              </select>
            </label>
          )
        }
      </Answer>
      <ReasonField label={text('retract.because')} reason={reason} />
    </FormDialog>
  )
}
