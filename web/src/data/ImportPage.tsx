// The page that imports a table: the file is chosen, looked at, and imported as the look shows it.
import { useNavigate } from '@tanstack/react-router'
import { useId, useState } from 'react'
import { type NewDataset, upload_bytes_max, useImport, useUpload } from '../api/imports'
import { mayChangeAny } from '../api/permissions'
import { type RecipeArgument, useRecipe, useRecipes } from '../api/recipes'
import { useMe } from '../api/server'
import { useFormat } from '../format/format'
import { shellLine } from '../format/shell'
import { useBreadcrumb } from '../frame/Breadcrumb'
import { useText } from '../messages/catalogue'
import { Answer } from '../parts/Answer'
import { Button } from '../parts/Button'
import inputStyle from '../parts/Input.module.css'
import { Empty, Placeholder, Problem } from '../parts/Notice'
import { usePlaces } from '../recipe/places'
import formStyle from '../recipe/Recipe.module.css'
import style from './ImportPage.module.css'
import { emptyFields, type ImportFields, nameOfFile, readImport, sourceSettings } from './import_form'
import { LookPart } from './LookPart'

export function ImportPage() {
  const text = useText()
  const me = useMe().data
  useBreadcrumb(undefined, text('import.title'), '/data')
  return (
    <div className={style.page}>
      <h1>{text('import.title')}</h1>
      {me && (mayChangeAny(me) ? <Settings /> : <Empty>{text('import.forbidden')}</Empty>)}
    </div>
  )
}

/** The settings of an import are those of its recipe. */
function Settings() {
  const recipes = useRecipes()
  const name = recipes.data?.find(({ started_by }) => started_by === 'import')?.name
  const asked = useRecipe(name ?? '', name !== undefined)
  if (recipes.error) return <Problem error={recipes.error} onRetry={recipes.refetch} />
  return (
    <Answer asked={asked} lines={4}>
      {(recipe) => <ChosenFile settings={sourceSettings(recipe.arguments)} />}
    </Answer>
  )
}

function ChosenFile({ settings }: { settings: RecipeArgument[] }) {
  const text = useText()
  const format = useFormat()
  const id = useId()
  const sent = useUpload()
  const [large, setLarge] = useState<string>()
  const places = usePlaces()
  const choose = (file: File | undefined) => {
    if (file === undefined) return
    const isLarge = file.size > upload_bytes_max
    setLarge(isLarge ? file.name : undefined)
    if (isLarge) sent.reset()
    else sent.mutate(file)
  }
  return (
    <>
      <div className={inputStyle.field}>
        <label htmlFor={id}>{text('import.file')}</label>
        <input
          id={id}
          type="file"
          className={inputStyle.input}
          aria-describedby={`${id}-note`}
          onChange={(event) => choose(event.target.files?.[0])}
        />
        <p id={`${id}-note`} className={formStyle.note}>
          {text('import.file.note', { size: format.bytes(upload_bytes_max) })}
        </p>
      </div>
      {large !== undefined && (
        <Empty command={shellLine(['hven', 'data', 'look', large])}>{text('import.large')}</Empty>
      )}
      {sent.isPending && <Placeholder lines={6} />}
      {sent.error && <Problem error={sent.error} />}
      {sent.data && places[0] !== undefined && (
        <ImportForm key={sent.data.digest} source={sent.data} settings={settings} places={places} />
      )}
    </>
  )
}

interface ImportFormProps {
  source: NewDataset['source']
  settings: RecipeArgument[]
  places: string[]
}

function ImportForm({ source, settings, places }: ImportFormProps) {
  const text = useText()
  const navigate = useNavigate()
  const [fields, setFields] = useState(() => emptyFields(nameOfFile(source.path), places[0] ?? ''))
  const { wanted, wrong } = readImport(fields, settings, source)
  const start = useImport()
  const isWrong = Object.keys(wrong).length > 0
  const act = () =>
    start.mutate(wanted, {
      onSuccess: ({ run, dataset }) =>
        dataset
          ? navigate({ to: '/data/$dataset', params: { dataset: dataset.id } })
          : navigate({ to: '/r/$run', params: { run: run.handle } }),
    })
  return (
    <form
      className={style.form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        if (!start.isPending && !isWrong) act()
      }}
    >
      <LookPart wanted={wanted} wrong={wrong} settings={settings} fields={fields} onChange={setFields} />
      <About fields={fields} places={places} onChange={setFields} />
      {isWrong && (
        <p className={inputStyle.wrong} role="alert">
          {text('recipe.wrong')}
        </p>
      )}
      {start.error && <Problem error={start.error} />}
      <div>
        <Button type="submit" kind="primary" disabled={start.isPending || isWrong}>
          {text('import.start')}
        </Button>
      </div>
    </form>
  )
}

interface AboutProps {
  fields: ImportFields
  places: string[]
  onChange: (fields: ImportFields) => void
}

/** The fields that do not say how the file is read. */
function About({ fields, places, onChange }: AboutProps) {
  const text = useText()
  const field = (key: 'name' | 'license' | 'description') => (
    <label className={inputStyle.field}>
      <span>{text(`import.${key}`)}</span>
      <input
        className={inputStyle.input}
        value={fields[key]}
        autoComplete="off"
        onChange={(event) => onChange({ ...fields, [key]: event.target.value })}
      />
    </label>
  )
  return (
    <fieldset className={`${formStyle.part} ${style.fields}`}>
      <legend>{text('import.about')}</legend>
      {field('name')}
      <label className={inputStyle.field}>
        <span>{text('recipe.project')}</span>
        <select
          className={inputStyle.select}
          value={fields.project}
          onChange={(event) => onChange({ ...fields, project: event.target.value })}
        >
          {places.map((place) => (
            <option key={place} value={place}>
              {place === '' ? text('recipe.project.home') : place}
            </option>
          ))}
        </select>
      </label>
      {field('license')}
      {field('description')}
      <label className={inputStyle.field}>
        <span>{text('import.checks')}</span>
        <textarea
          className={inputStyle.input}
          rows={3}
          value={fields.checks}
          onChange={(event) => onChange({ ...fields, checks: event.target.value })}
        />
      </label>
    </fieldset>
  )
}
