// The values of an array: a row for each name, with a button that removes it, and one that adds a row.
import { useId, useRef } from 'react'
import { useText } from '../messages/catalogue'
import { Button, IconButton } from '../parts/Button'
import inputStyle from '../parts/Input.module.css'
import { Refusals } from './DraftField'
import type { OverRow } from './draft_form'
import style from './NewArray.module.css'

interface OverRowsProps {
  rows: OverRow[]
  onChange: (rows: OverRow[]) => void
  /** Refusals by the key of the row. */
  wrong: Map<number, string>
  /** Refusals of the values together. */
  wrongAll: readonly string[]
}

export function OverRows({ rows, onChange, wrong, wrongAll }: OverRowsProps) {
  const text = useText()
  const id = useId()
  const added = useRef<number | undefined>(undefined)
  const adds = useRef<HTMLDivElement>(null)
  const change = (key: number, part: Partial<OverRow>) =>
    onChange(rows.map((row) => (row.key === key ? { ...row, ...part } : row)))
  const add = () => {
    const key = 1 + Math.max(0, ...rows.map((row) => row.key))
    added.current = key
    onChange([...rows, { key, name: '', values: '' }])
  }
  const remove = (key: number) => {
    onChange(rows.filter((row) => row.key !== key))
    // The button that had the focus is gone.
    adds.current?.querySelector('button')?.focus()
  }
  return (
    <fieldset className={style.part}>
      <legend>{text('array.values')}</legend>
      <p className={style.note}>{text('array.new.values.help')}</p>
      {rows.map(({ key, name, values }, at) => {
        const refusal = wrong.get(key)
        const called = name.trim() || String(at + 1)
        const shared = {
          className: `${inputStyle.input} ${style.code}`,
          autoComplete: 'off',
          spellCheck: false,
          'aria-invalid': refusal !== undefined,
          'aria-describedby': refusal === undefined ? undefined : `${id}-${key}`,
        }
        return (
          <div key={key} className={style.row}>
            <input
              {...shared}
              ref={(input) => {
                if (input && added.current === key) {
                  added.current = undefined
                  input.focus()
                }
              }}
              value={name}
              placeholder="i"
              aria-label={text('array.new.values.name', { row: at + 1 })}
              onChange={(event) => change(key, { name: event.target.value })}
            />
            <span aria-hidden="true">=</span>
            <input
              {...shared}
              value={values}
              placeholder="1..10"
              aria-label={text('array.new.values.of', { name: called })}
              onChange={(event) => change(key, { values: event.target.value })}
            />
            <IconButton
              icon="cross"
              label={text('array.new.values.remove', { name: called })}
              onClick={() => remove(key)}
            />
            {refusal !== undefined && (
              <div id={`${id}-${key}`} className={style.rowWrong}>
                <Refusals of={[refusal]} />
              </div>
            )}
          </div>
        )
      })}
      <Refusals of={wrongAll} />
      <div ref={adds}>
        <Button icon="plus" onClick={add}>
          {text('array.new.values.add')}
        </Button>
      </div>
    </fieldset>
  )
}
