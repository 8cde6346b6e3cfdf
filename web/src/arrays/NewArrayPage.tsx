// The form that starts an array: empty, or filled in from an earlier array or run. While a person writes, the server says what a
// submission would do, and refuses fields before anything is recorded.
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useEffect, useId, useRef, useState } from 'react'
import {
  type ArrayDraft,
  type DraftRefusal,
  useArray,
  useDraftPreview,
  useLatestFolder,
  useSubmitDraft,
} from '../api/arrays'
import { mayChangeAny } from '../api/permissions'
import { useRun } from '../api/runs'
import { useMe } from '../api/server'
import { useBreadcrumb } from '../frame/Breadcrumb'
import { useText } from '../messages/catalogue'
import { Answer } from '../parts/Answer'
import { Button } from '../parts/Button'
import { Empty, Problem } from '../parts/Notice'
import { usePlaces } from '../recipe/places'
import { numberOf } from './array_search'
import { DraftField } from './DraftField'
import { DraftPreview } from './DraftPreview'
import {
  type DraftForm,
  draftOf,
  emptyForm,
  formOfArray,
  formOfRun,
  isBegun,
  refusalsOf,
  rowRefusals,
  type TextField,
} from './draft_form'
import style from './NewArray.module.css'
import { OverRows } from './OverRows'

export function NewArrayPage() {
  const text = useText()
  const { like, run } = useSearch({ from: '/arrays/new' })
  const me = useMe().data
  useBreadcrumb(undefined, text('array.new'), '/arrays')
  if (me === undefined) return null
  return (
    <div className={style.page}>
      <header className={style.head}>
        <h1>{text('array.new')}</h1>
        <p className={style.note}>{text('array.new.body')}</p>
      </header>
      {!mayChangeAny(me) ? (
        <Empty>{text('recipe.forbidden')}</Empty>
      ) : like !== undefined ? (
        <LikeArray key={like} array={like} />
      ) : run !== undefined ? (
        <LikeRun key={run} run={run} />
      ) : (
        <Suggested />
      )}
    </div>
  )
}

function LikeArray({ array }: { array: string }) {
  const asked = useArray(array)
  return (
    <Answer asked={asked} lines={8}>
      {(detail) => {
        const { form, lost } = formOfArray(detail)
        return <NewArrayForm initial={form} like={numberOf(detail.array)} lost={lost} />
      }}
    </Answer>
  )
}

function LikeRun({ run }: { run: string }) {
  const asked = useRun(run)
  return (
    <Answer asked={asked} lines={8}>
      {(detail) => <NewArrayForm initial={formOfRun(detail)} />}
    </Answer>
  )
}

/** An empty form with the folder of the latest work. */
function Suggested() {
  const asked = useLatestFolder()
  return (
    <Answer asked={asked} lines={8}>
      {(folder) => <NewArrayForm initial={{ ...emptyForm, texts: { ...emptyForm.texts, folder } }} />}
    </Answer>
  )
}

const pause_ms = 400

/** The draft, as soon as it has not changed for a moment. */
function useSettled(draft: ArrayDraft | undefined): ArrayDraft | undefined {
  const written = JSON.stringify(draft)
  const [settled, setSettled] = useState(written)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(written), pause_ms)
    return () => clearTimeout(timer)
  }, [written])
  return settled === undefined ? undefined : (JSON.parse(settled) as ArrayDraft)
}

interface NewArrayFormProps {
  /** The first content. Later answers do not change what a person wrote. */
  initial: DraftForm
  /** The number of the array from which it is. */
  like?: string
  /** Names whose values could not be taken over. */
  lost?: readonly string[]
}

export function NewArrayForm({ initial, like, lost = [] }: NewArrayFormProps) {
  const text = useText()
  const navigate = useNavigate()
  const places = usePlaces()
  const element = useRef<HTMLFormElement>(null)
  const id = useId()
  const [form, setForm] = useState(initial)
  const [refused, setRefused] = useState<{ draft: string; refusals: DraftRefusal[] }>()
  const draft = draftOf(form, like)
  const begun = isBegun(form)
  const settled = useSettled(begun ? draft : undefined)
  const preview = useDraftPreview(settled)
  const submit = useSubmitDraft()
  const written = JSON.stringify(draft)
  const checks = begun && (JSON.stringify(settled) !== written || preview.isFetching)
  // A refusal of the submission stands until the draft changes.
  const refusals = refused?.draft === written ? refused.refusals : begun ? (preview.data?.refusals ?? []) : []
  const wrong = (field: string) => refusalsOf(refusals, field)
  const set = (field: TextField) => (value: string) =>
    setForm((now) => ({ ...now, texts: { ...now.texts, [field]: value } }))
  const fieldOf = (field: TextField) => ({ value: form.texts[field], onChange: set(field), wrong: wrong(field) })

  const act = () =>
    submit.mutate(draft, {
      onSuccess: ({ array, refusals }) => {
        if (array) {
          navigate({ to: '/arrays/$array', params: { array: numberOf(array.array) } })
          return
        }
        setRefused({ draft: written, refusals })
        // The field is marked when React has drawn it.
        setTimeout(() => element.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus())
      },
    })

  return (
    <>
      <form
        ref={element}
        id={id}
        className={style.form}
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          if (!submit.isPending) act()
        }}
      >
        {like !== undefined && <p className={style.note}>{text('array.new.like', { array: `array/${like}` })}</p>}
        {lost.length > 0 && (
          <p className={style.note} role="status">
            {text('array.new.lost', { names: lost.join(', ') })}
          </p>
        )}
        <fieldset className={style.part}>
          <legend>{text('array.new.what')}</legend>
          <DraftField
            {...fieldOf('command')}
            label={text('run.fact.command')}
            note={text('array.new.command.help', { placeholder: '{i}' })}
            placeholder="python3 sim.py {i}"
            required
            code
          />
          <DraftField
            {...fieldOf('folder')}
            label={text('word.folder')}
            note={text('array.new.folder.help')}
            required
            code
          />
        </fieldset>
        <OverRows
          rows={form.rows}
          onChange={(rows) => setForm((now) => ({ ...now, rows }))}
          wrong={rowRefusals(refusals, form)}
          wrongAll={wrong('values')}
        />
        {(form.rows.length > 1 || form.texts.zip !== '') && (
          <DraftField {...fieldOf('zip')} label={text('array.new.zip')} note={text('array.new.zip.help')} code />
        )}
        <fieldset className={style.part}>
          <legend>{text('array.new.files')}</legend>
          <DraftField
            {...fieldOf('inputs')}
            label={text('array.new.inputs')}
            note={text('array.new.inputs.help')}
            lines={2}
            code
          />
          <DraftField
            {...fieldOf('outputs')}
            label={text('array.outputs')}
            note={text('array.new.outputs.help', { placeholder: '{i}' })}
            lines={2}
            code
          />
          <div className={style.pair}>
            <DraftField
              {...fieldOf('gather')}
              label={text('array.gathers')}
              note={text('array.new.gather.help')}
              code
            />
            <DraftField
              {...fieldOf('stop_when')}
              label={text('array.stopWhen')}
              note={text('array.new.stopWhen.help')}
              placeholder="failed > 10"
              code
            />
          </div>
        </fieldset>
        <fieldset className={style.part}>
          <legend>{text('array.new.queue')}</legend>
          <div className={style.pair}>
            <DraftField
              {...fieldOf('project')}
              label={text('word.project')}
              note={text('array.new.project.help')}
              placeholder={places[0] || 'home'}
            />
            <DraftField {...fieldOf('name')} label={text('array.new.name')} />
            <DraftField {...fieldOf('cpus')} label={text('array.new.cpus')} placeholder="1" inputMode="numeric" />
            <DraftField {...fieldOf('memory')} label={text('array.new.memory')} placeholder="8GiB" />
            <DraftField {...fieldOf('resources')} label={text('array.new.resources')} placeholder="gpu=1" />
            <DraftField
              {...fieldOf('priority')}
              label={text('array.new.priority')}
              note={text('array.new.priority.help')}
              placeholder="0"
            />
          </div>
        </fieldset>
      </form>
      <DraftPreview
        begun={begun}
        checks={checks}
        answer={
          refused?.draft === written ? preview.data && { ...preview.data, preview: null, refusals } : preview.data
        }
        error={preview.error}
      >
        {submit.error && <Problem error={submit.error} />}
        {refused?.draft === written && (
          <p className={style.note} role="alert">
            {text('array.new.refused')}
          </p>
        )}
        <div>
          <Button type="submit" form={id} kind="primary" disabled={submit.isPending}>
            {text(submit.isPending ? 'array.new.submits' : 'array.new.submit')}
          </Button>
        </div>
      </DraftPreview>
    </>
  )
}
