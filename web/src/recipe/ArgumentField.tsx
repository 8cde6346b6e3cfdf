// The field of one argument, made for its type, with its unit, its default and its error.
import { useId } from 'react'
import type { ArgumentType, RecipeArgument } from '../api/recipes'
import { type Text, useText } from '../messages/catalogue'
import { useLanguage } from '../messages/language'
import inputStyle from '../parts/Input.module.css'
import style from './Recipe.module.css'
import { fieldOf, isLines, type Wrong } from './recipe_form'

interface ArgumentFieldProps {
  argument: RecipeArgument
  value: string
  onChange: (value: string) => void
  wrong: Wrong | undefined
  /** The column names of the input table, as far as they are known. */
  columns: readonly string[]
  /** The value that is used while the field is empty. */
  used?: string
}

export function ArgumentField({ argument, value, onChange, wrong, columns, used }: ArgumentFieldProps) {
  const text = useText()
  const language = useLanguage()
  const id = useId()
  const { type } = argument
  const props = {
    id,
    value,
    required: argument.required,
    'aria-invalid': wrong !== undefined,
    'aria-describedby': `${id}-note`,
    onChange: (event: { target: { value: string } }) => onChange(event.target.value),
  }
  return (
    <div className={inputStyle.field}>
      <label htmlFor={id}>
        <code>{argument.key}</code> {argument.help[language]}
        {argument.required && ` (${text('recipe.required')})`}
      </label>
      <Control {...props} type={type} listId={`${id}-columns`} columns={columns} />
      <p id={`${id}-note`} className={wrong ? inputStyle.wrong : style.note} role={wrong && 'alert'}>
        {wrong ? text(wrong.key, wrong.values) : noteOf(argument, text, used)}
      </p>
    </div>
  )
}

interface ControlProps {
  id: string
  value: string
  required: boolean
  'aria-invalid': boolean
  'aria-describedby': string
  onChange: (event: { target: { value: string } }) => void
  type: ArgumentType
  listId: string
  columns: readonly string[]
}

const isOfChoices = (type: ArgumentType): boolean => type.is === 'list' && type.of?.is === 'choice'

function Control({ type, listId, columns, ...props }: ControlProps) {
  const text = useText()
  if (type.is === 'bool' || type.is === 'choice') {
    const options =
      type.is === 'bool'
        ? [
            ['true', text('recipe.yes')],
            ['false', text('recipe.no')],
          ]
        : (type.choices ?? []).map(({ word }) => [word, word])
    return (
      <select {...props} className={inputStyle.select}>
        <option value="">{text('recipe.notSaid')}</option>
        {options.map(([value, label]) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
    )
  }
  if (isOfChoices(type)) return <Choices {...props} type={type} />
  if (isLines(type) || type.is === 'record') return <textarea {...props} className={inputStyle.input} rows={3} />
  const isColumn = type.is === 'column'
  return (
    <>
      <input
        {...props}
        className={inputStyle.input}
        inputMode={type.is === 'number' || type.is === 'whole' ? 'decimal' : undefined}
        list={isColumn ? listId : undefined}
        autoComplete="off"
      />
      {isColumn && (
        <datalist id={listId}>
          {columns.map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
      )}
    </>
  )
}

/** Several of the choices: the text of the field has one choice a line. */
function Choices({ type, value, onChange, id, ...props }: Omit<ControlProps, 'listId' | 'columns'>) {
  const language = useLanguage()
  const chosen = value === '' ? [] : value.split('\n')
  const choices = type.of?.choices ?? []
  return (
    <div id={id} className={style.choices} role="group" aria-describedby={props['aria-describedby']}>
      {choices.map(({ word, help }) => (
        <label key={word} title={help[language]}>
          <input
            type="checkbox"
            checked={chosen.includes(word)}
            onChange={({ target }) => {
              const next = target.checked ? [...chosen, word] : chosen.filter((one) => one !== word)
              onChange({ target: { value: next.join('\n') } })
            }}
          />
          {word}
        </label>
      ))}
    </div>
  )
}

/** The unit, how to write several values, and the value that is used when the field is empty. */
function noteOf({ type, unit, default: usual }: RecipeArgument, text: Text, used: string | undefined): string {
  const notes = [
    used === undefined ? '' : text('recipe.used', { value: used }),
    unit && type.is !== 'duration' ? text('recipe.unit', { unit }) : '',
    type.is === 'map'
      ? text('recipe.lines.pairs')
      : type.is === 'list' && !isOfChoices(type)
        ? text('recipe.lines')
        : '',
    usual == null ? '' : text('recipe.default', { value: fieldOf(type, usual).replaceAll('\n', ', ') }),
  ]
  return notes.filter((note) => note !== '').join(' ')
}
