// How a file would be read: settings, columns, doubtful cells, first rows and notes, each with the field that changes it.
import { useEffect, useState } from 'react'
import { type NewDataset, useLook } from '../api/imports'
import type { RecipeArgument } from '../api/recipes'
import { useFormat } from '../format/format'
import { shellLine } from '../format/shell'
import { useText } from '../messages/catalogue'
import { Command } from '../parts/Copyable'
import inputStyle from '../parts/Input.module.css'
import { Placeholder, Problem } from '../parts/Notice'
import tableStyle from '../parts/Table.module.css'
import { TableFrame } from '../parts/TableFrame'
import { ArgumentField } from '../recipe/ArgumentField'
import formStyle from '../recipe/Recipe.module.css'
import type { Wrong } from '../recipe/recipe_form'
import { ChecksPart } from './ChecksPart'
import { DecidingSettings } from './DecidingSettings'
import { list } from './documents'
import style from './ImportPage.module.css'
import { type ImportFields, type Look, readLook } from './import_form'
import { ProblemsPart } from './ProblemsPart'
import { TableGrid } from './TableGrid'

/** The file is looked at again when the user stops typing. */
const settled_ms = 400
const types = ['bool', 'int', 'float', 'text', 'date', 'timestamp']
const columnsShown = 200

interface LookPartProps {
  wanted: NewDataset
  wrong: Record<string, Wrong>
  settings: RecipeArgument[]
  fields: ImportFields
  onChange: (fields: ImportFields) => void
}

export function LookPart({ wanted, wrong, settings, fields, onChange }: LookPartProps) {
  const text = useText()
  const asked = useLook(useSettled(wanted, Object.keys(wrong).length === 0))
  const look = readLook(asked.data?.look)
  return (
    <section className={style.look} aria-busy={asked.isFetching}>
      {asked.error && <Problem error={asked.error} />}
      {asked.isPending && <Placeholder lines={8} />}
      {look && !asked.error && <Summary look={look} />}
      <fieldset className={`${formStyle.part} ${style.fields}`}>
        <legend>{text('import.look')}</legend>
        {settings.map((argument) => (
          <ArgumentField
            key={argument.key}
            argument={argument}
            value={fields.settings[argument.key] ?? ''}
            onChange={(value) => onChange({ ...fields, settings: { ...fields.settings, [argument.key]: value } })}
            wrong={wrong[argument.key]}
            columns={[]}
            used={look?.used[argument.name]?.value}
          />
        ))}
      </fieldset>
      {look && !asked.error && (
        <>
          <Columns look={look} fields={fields} onChange={onChange} />
          {look.report.checks.length > 0 && (
            <div>
              <h2>{text('data.tab.checks')}</h2>
              <ChecksPart report={look.report} />
            </div>
          )}
          <div>
            <h2>{text('import.doubtful')}</h2>
            <ProblemsPart report={look.report} deciding={look.deciding} />
          </div>
          <div>
            <h2>{text('import.rows')}</h2>
            <TableGrid label={text('import.rows')} columns={look.report.columns} rows={look.rows} />
          </div>
          {asked.data && (
            <div>
              <h2>{text('import.command')}</h2>
              <Command value={shellLine(asked.data.command)} />
            </div>
          )}
        </>
      )}
    </section>
  )
}

/** The last value that was valid and did not change for a while. */
function useSettled(wanted: NewDataset, isValid: boolean): NewDataset {
  const [settled, setSettled] = useState(wanted)
  const key = JSON.stringify(wanted)
  useEffect(() => {
    if (!isValid) return
    const timer = setTimeout(() => setSettled(JSON.parse(key)), settled_ms)
    return () => clearTimeout(timer)
  }, [key, isValid])
  return settled
}

function Summary({ look }: { look: Look }) {
  const text = useText()
  const format = useFormat()
  const { report } = look
  const preamble = list<unknown>(report.source.preamble).map(String)
  return (
    <div>
      <p className={style.summary} role="status">
        {text('import.summary', {
          rows: format.count(look.rows_read),
          columns: format.count(report.columns.length),
          problems: text('data.problems', { count: report.problems.total }),
          notes: text('import.notes', { count: look.remarks.length }),
        })}
      </p>
      {!look.whole && <p className={formStyle.note}>{text('import.part', { rows: format.count(look.rows_read) })}</p>}
      {look.remarks.length > 0 && (
        <ul className={style.notes}>
          {look.remarks.map((remark) => (
            <li key={remark.text}>
              {remark.text}
              {remark.settings.length > 0 && (
                <>
                  {' '}
                  {text('import.decided')} <DecidingSettings names={remark.settings} />
                </>
              )}
            </li>
          ))}
        </ul>
      )}
      {preamble.length > 0 && (
        <details className={style.preamble} open>
          <summary>{text('data.preamble', { count: preamble.length })}</summary>
          <pre>{preamble.join('\n')}</pre>
        </details>
      )}
    </div>
  )
}

interface ColumnsProps {
  look: Look
  fields: ImportFields
  onChange: (fields: ImportFields) => void
}

function Columns({ look, fields, onChange }: ColumnsProps) {
  const text = useText()
  const format = useFormat()
  const { columns } = look.report
  return (
    <div>
      <h2>{text('import.columns')}</h2>
      <TableFrame>
        <table className={`${tableStyle.table} ${style.columns}`}>
          <thead>
            <tr>
              <th scope="col">{text('data.schema.column')}</th>
              <th scope="col">{text('data.schema.type')}</th>
              <th scope="col">{text('data.schema.unit')}</th>
            </tr>
          </thead>
          <tbody>
            {columns.slice(0, columnsShown).map(({ name, type, unit }) => (
              <tr key={name}>
                <th scope="row">
                  <code>{name}</code>
                </th>
                <td>
                  <select
                    className={inputStyle.select}
                    aria-label={text('import.type', { name })}
                    value={fields.types[name] ?? ''}
                    onChange={({ target }) => onChange({ ...fields, types: { ...fields.types, [name]: target.value } })}
                  >
                    <option value="">{text('import.type.found', { type })}</option>
                    {types.map((each) => (
                      <option key={each} value={each}>
                        {each}
                      </option>
                    ))}
                  </select>
                </td>
                <td>
                  <input
                    className={inputStyle.input}
                    aria-label={text('import.unit', { name })}
                    value={fields.units[name] ?? ''}
                    placeholder={unit ?? undefined}
                    autoComplete="off"
                    onChange={({ target }) => onChange({ ...fields, units: { ...fields.units, [name]: target.value } })}
                  />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableFrame>
      {columns.length > columnsShown && (
        <p className={formStyle.note}>
          {text('data.problems.first', { shown: format.count(columnsShown), count: format.count(columns.length) })}
        </p>
      )}
    </div>
  )
}
