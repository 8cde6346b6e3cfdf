// The form that runs a recipe, made from the description of the recipe.
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useId, useState } from 'react'
import { useDataset } from '../api/knowledge'
import { mayChangeAny } from '../api/permissions'
import { type RecipeDetail, type RecipeInput, useRecipe, useStartRecipe } from '../api/recipes'
import { useMe } from '../api/server'
import { readReport } from '../data/documents'
import { useBreadcrumb } from '../frame/Breadcrumb'
import { useText } from '../messages/catalogue'
import { useLanguage } from '../messages/language'
import { Answer } from '../parts/Answer'
import { Button } from '../parts/Button'
import inputStyle from '../parts/Input.module.css'
import { Empty, Problem } from '../parts/Notice'
import { ArgumentField } from './ArgumentField'
import { usePlaces } from './places'
import style from './Recipe.module.css'
import { type Fields, readArguments, type Wrong } from './recipe_form'

export function RecipePage() {
  const { recipe: name } = useParams({ from: '/recipes/$recipe' })
  const asked = useRecipe(name)
  const language = useLanguage()
  useBreadcrumb(undefined, name, '/runs')
  return (
    <div className={style.page}>
      <h1>{name}</h1>
      <Answer asked={asked} lines={8}>
        {(recipe) => (
          <>
            <p className={style.body}>{recipe.summary[language]}</p>
            <FormOrRefusal key={recipe.name} recipe={recipe} />
          </>
        )}
      </Answer>
    </div>
  )
}

/** The form is shown only to users who may start runs. */
function FormOrRefusal({ recipe }: { recipe: RecipeDetail }) {
  const text = useText()
  const me = useMe().data
  const unusual = recipe.inputs.find(({ kind, required }) => required && kind !== 'table')
  if (me === undefined) return null
  if (!mayChangeAny(me)) return <Empty>{text('recipe.forbidden')}</Empty>
  if (recipe.started_by !== 'people') return <Empty>{text('recipe.byHven')}</Empty>
  if (unusual) return <Empty>{text('recipe.input.unusual', { command: `hven recipe run ${recipe.name}` })}</Empty>
  return <RecipeForm recipe={recipe} />
}

function RecipeForm({ recipe }: { recipe: RecipeDetail }) {
  const text = useText()
  const navigate = useNavigate()
  const { data } = useSearch({ from: '/recipes/$recipe' })
  const main = recipe.inputs.find((input) => input.main)
  const tables = recipe.inputs.filter(({ kind }) => kind === 'table')
  const [inputs, setInputs] = useState<Fields>(main && data ? { [main.key]: data } : {})
  const [fields, setFields] = useState<Fields>({})
  const [name, setName] = useState(recipe.name)
  const [picked, setPicked] = useState<string>()
  const [faults, setFaults] = useState<Record<string, Wrong>>({})
  // The page looks up the dataset when the user leaves the field, not at each letter.
  const [looked, setLooked] = useState(data ?? '')
  const dataset = useDataset(looked, looked !== '').data
  const columns = dataset ? (readReport(dataset.report)?.columns.map((column) => column.name) ?? []) : []
  const places = usePlaces()
  const project = picked ?? places.find((place) => place === dataset?.project) ?? places[0] ?? ''
  const start = useStartRecipe(recipe)

  const act = () => {
    const read = readArguments(recipe.arguments, fields)
    const missing = tables.filter(({ key, required }) => required && (inputs[key] ?? '').trim() === '')
    const wrong = {
      ...read.wrong,
      ...Object.fromEntries(missing.map(({ key }) => [key, { key: 'recipe.wrong.missing' } as Wrong])),
    }
    setFaults(wrong)
    if (Object.keys(wrong).length > 0) return
    const given = tables.flatMap(({ key, path }) => {
      const named = (inputs[key] ?? '').trim()
      return named === '' ? [] : [{ path, dataset: named }]
    })
    start.mutate(
      { project: project || undefined, name: name.trim() || recipe.name, arguments: read.given, tables: given },
      { onSuccess: ({ run }) => navigate({ to: '/r/$run', params: { run: run.handle } }) },
    )
  }

  return (
    <form
      className={style.form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        if (!start.isPending) act()
      }}
    >
      {tables.length > 0 && (
        <fieldset className={style.part}>
          <legend>{text('recipe.reads')}</legend>
          {tables.map((input) => (
            <InputField
              key={input.key}
              input={input}
              value={inputs[input.key] ?? ''}
              wrong={faults[input.key]}
              onChange={(value) => setInputs({ ...inputs, [input.key]: value })}
              onLeave={(value) => input === main && setLooked(value.trim())}
            />
          ))}
        </fieldset>
      )}
      {recipe.arguments.length > 0 && (
        <fieldset className={style.part}>
          <legend>{text('recipe.takes')}</legend>
          {recipe.arguments.map((argument) => (
            <ArgumentField
              key={argument.key}
              argument={argument}
              value={fields[argument.key] ?? ''}
              onChange={(value) => setFields({ ...fields, [argument.key]: value })}
              wrong={faults[argument.key]}
              columns={columns}
            />
          ))}
        </fieldset>
      )}
      <fieldset className={style.part}>
        <legend>{text('recipe.about')}</legend>
        <label className={inputStyle.field}>
          <span>{text('recipe.name')}</span>
          <input
            className={inputStyle.input}
            maxLength={100}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        </label>
        <label className={inputStyle.field}>
          <span>{text('recipe.project')}</span>
          <select className={inputStyle.select} value={project} onChange={(event) => setPicked(event.target.value)}>
            {places.map((place) => (
              <option key={place} value={place}>
                {place === '' ? text('recipe.project.home') : place}
              </option>
            ))}
          </select>
        </label>
      </fieldset>
      {Object.keys(faults).length > 0 && (
        <p className={inputStyle.wrong} role="alert">
          {text('recipe.wrong')}
        </p>
      )}
      {start.error && <Problem error={start.error} />}
      <div>
        <Button type="submit" kind="primary" disabled={start.isPending}>
          {text('recipe.start')}
        </Button>
      </div>
    </form>
  )
}

interface InputFieldProps {
  input: RecipeInput
  value: string
  wrong: Wrong | undefined
  onChange: (value: string) => void
  onLeave: (value: string) => void
}

function InputField({ input, value, wrong, onChange, onLeave }: InputFieldProps) {
  const text = useText()
  const language = useLanguage()
  const id = useId()
  return (
    <div className={inputStyle.field}>
      <label htmlFor={id}>
        <code>{input.key}</code> {input.help[language]}
        {input.required && ` (${text('recipe.required')})`}
      </label>
      <input
        id={id}
        className={inputStyle.input}
        value={value}
        required={input.required}
        autoComplete="off"
        placeholder={text('recipe.input.dataset')}
        aria-invalid={wrong !== undefined}
        aria-describedby={wrong && `${id}-wrong`}
        onChange={(event) => onChange(event.target.value)}
        onBlur={(event) => onLeave(event.target.value)}
      />
      {wrong && (
        <p id={`${id}-wrong`} className={inputStyle.wrong} role="alert">
          {text(wrong.key, wrong.values)}
        </p>
      )}
    </div>
  )
}
