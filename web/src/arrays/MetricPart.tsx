// A metric over a parameter: a point for each task that succeeded. The reader chooses metric, parameter and colours.
import { useMemo } from 'react'
import { type ArrayPoints, useArrayPoints } from '../api/arrays'
import { useFormat } from '../format/format'
import { useText } from '../messages/catalogue'
import { Answer } from '../parts/Answer'
import inputStyle from '../parts/Input.module.css'
import { VegaPlot } from '../plots/VegaPlot'
import style from './Array.module.css'
import type { ArraySearch } from './array_search'
import { canColour, defaultColour, defaultParameter, pointSpec, taskNumber } from './point_spec'

interface MetricPartProps {
  number: string
  /** The name of the array. */
  name: string
  /** The names of its parameters. */
  names: string[]
  units: Record<string, string>
  search: ArraySearch
  onSearch: (change: ArraySearch) => void
}

export function MetricPart(props: MetricPartProps) {
  const text = useText()
  const asked = useArrayPoints(props.number, props.search.metric)
  // Most arrays have no metrics, and then there is nothing to show.
  if (asked.data !== undefined && asked.data.metrics.length === 0) return null
  return (
    <section className={style.part} aria-label={text('array.metrics')}>
      <h2>{text('array.metrics')}</h2>
      <Answer asked={asked} lines={8}>
        {(points) => <MetricPlot {...props} found={points} />}
      </Answer>
    </section>
  )
}

function MetricPlot({ name, names, units, search, onSearch, found }: MetricPartProps & { found: ArrayPoints }) {
  const text = useText()
  const format = useFormat()
  const { points } = found
  const metric = found.metric ?? ''
  const over =
    search.over === taskNumber || names.includes(search.over ?? '')
      ? (search.over ?? taskNumber)
      : defaultParameter(points, names)
  const others = useMemo(() => names.filter((each) => each !== over && canColour(points, each)), [names, over, points])
  const colour =
    search.colour === noColour
      ? undefined
      : (others.find((each) => each === search.colour) ?? defaultColour(points, others))
  const parameter = over === taskNumber ? text('array.metrics.task') : over
  const title = text('array.metrics.title', { metric, parameter })
  const description = text('array.metrics.description', { title, count: points.length })
  const shown = useMemo(
    () => pointSpec({ points, metric, over, colour, units, taskWord: text('array.metrics.task'), description }),
    [points, metric, over, colour, units, text, description],
  )
  return (
    <>
      <div className={style.choices}>
        <Choice
          label={text('array.metrics.metric')}
          value={metric}
          options={found.metrics.map((each) => [each, each])}
          onChange={(chosen) => onSearch({ metric: chosen })}
        />
        <Choice
          label={text('array.metrics.over')}
          value={over}
          options={[...names.map((each): [string, string] => [each, each]), [taskNumber, text('array.metrics.task')]]}
          onChange={(chosen) => onSearch({ over: chosen })}
        />
        {others.length > 0 && (
          <Choice
            label={text('array.metrics.colour')}
            value={colour ?? noColour}
            options={[
              [noColour, text('array.metrics.noColour')],
              ...others.map((each): [string, string] => [each, each]),
            ]}
            onChange={(chosen) => onSearch({ colour: chosen })}
          />
        )}
      </div>
      <VegaPlot spec={shown.spec} title={title} name={`${name.replace('/', '-')}-${metric.replace(/\W+/g, '_')}`} />
      {shown.notFinite > 0 && (
        <p className={style.help}>
          {text('array.metrics.notFinite', {
            count: shown.notFinite === 1 ? 1 : format.count(shown.notFinite),
          })}
        </p>
      )}
      {found.tasks !== undefined && found.tasks > points.length && (
        <p className={style.help}>
          {text('array.metrics.notLogged', {
            count: found.tasks - points.length === 1 ? 1 : format.count(found.tasks - points.length),
          })}
        </p>
      )}
      {found.truncated && (
        <p className={style.help}>{text('array.metrics.truncated', { count: format.count(points.length) })}</p>
      )}
    </>
  )
}

/** The word of the address for one colour; no parameter has a name with a space in it. */
const noColour = 'one colour'

interface ChoiceProps {
  label: string
  value: string
  options: [value: string, shown: string][]
  onChange: (value: string) => void
}

function Choice({ label, value, options, onChange }: ChoiceProps) {
  return (
    <label className={inputStyle.field}>
      <span>{label}</span>
      <select className={inputStyle.select} value={value} onChange={(event) => onChange(event.target.value)}>
        {options.map(([each, shown]) => (
          <option key={each} value={each}>
            {shown}
          </option>
        ))}
      </select>
    </label>
  )
}
