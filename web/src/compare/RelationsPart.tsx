// How the quantities of the compared runs are related: which parameters a metric depends on, a scatter plot of any two
// quantities, and all varying ones in parallel coordinates.
import { useMemo } from 'react'
import { type ComparedRuns, useComparedRuns } from '../api/comparison'
import { useFormat } from '../format/format'
import { useText } from '../messages/catalogue'
import { Answer } from '../parts/Answer'
import inputStyle from '../parts/Input.module.css'
import { Empty } from '../parts/Notice'
import { VegaPlot } from '../plots/VegaPlot'
import style from './Compare.module.css'
import type { CompareSearch } from './compare_search'
import { InfluencePart } from './InfluencePart'
import { type Quantity, quantitiesOf, varying } from './quantities'
import { canColour, parallelSpec, scatterSpec } from './relation_spec'

interface RelationsPartProps {
  compared: ComparedRuns
  search: CompareSearch
  onSearch: (change: Partial<CompareSearch>) => void
}

/** More axes cannot be read side by side. */
const axes_max = 10
/** The word of the address for one colour; no quantity has a name with a space in it. */
const noColour = 'one colour'

export function RelationsPart({ compared, search, onSearch }: RelationsPartProps) {
  const text = useText()
  const format = useFormat()
  const { runs } = compared
  const handles = runs.map(({ handle }) => handle)
  const names = useMemo(() => runs.map(({ handle, name }) => (name ? `${handle} ${name}` : handle)), [runs])
  const differing = useMemo(() => varying(quantitiesOf(compared)), [compared])
  const metrics = differing.filter(({ of, isNumber }) => of === 'metric' && isNumber)
  const target = metrics.find(({ name }) => name === search.target) ?? metrics[0]
  const influence = useComparedRuns(target ? handles : [], target?.name)
  const params = differing.filter(({ of }) => of === 'parameter')
  const find = (key: string | undefined) => differing.find((each) => each.key === key)
  const over = find(search.over) ?? params.find(({ isNumber }) => isNumber) ?? params[0] ?? differing[0]
  const against = find(search.against) ?? target ?? differing.find((each) => each !== over)
  const colours = differing.filter(canColour)
  const colour =
    search.colour === noColour
      ? undefined
      : (colours.find(({ key }) => key === search.colour) ??
        colours.find((each) => each.of === 'parameter' && each !== over))
  const description = over && against ? text('compare.scatter.title', { x: over.name, y: against.name }) : ''
  const scatter = useMemo(
    () =>
      over &&
      against &&
      scatterSpec({ names, x: over, y: against, colour, runWord: text('runs.column.handle'), description }),
    [names, over, against, colour, description, text],
  )
  const axes = useMemo(
    () => [...params, ...(target ? [target] : [])].filter(isDrawn).slice(-axes_max),
    [params, target],
  )
  const parallel = useMemo(
    () =>
      parallelSpec({
        names,
        axes,
        colour: target,
        runWord: text('runs.column.handle'),
        description: text('compare.parallel.title'),
        write: (value) => format.value(value, 4),
      }),
    [names, axes, target, text, format],
  )
  if (runs.length < 2 || differing.length < 2 || !over || !against || !scatter)
    return <Empty>{text('compare.relations.none')}</Empty>
  const named = (each: Quantity): [string, string] => [each.key, `${each.name} (${text(`compare.of.${each.of}`)})`]
  return (
    <div className={style.part}>
      {target && (
        <>
          <Choice
            label={text('compare.target')}
            value={target.name}
            options={metrics.map(({ name }) => [name, name])}
            onChange={(chosen) => onSearch({ target: chosen })}
          />
          <Answer asked={influence} lines={4}>
            {(answer) => answer.influence && <InfluencePart influence={answer.influence} />}
          </Answer>
        </>
      )}
      <section className={style.part} aria-label={text('compare.scatter')}>
        <h2>{text('compare.scatter')}</h2>
        <div className={style.tools}>
          <Choice
            label="x"
            value={over.key}
            options={differing.map(named)}
            onChange={(chosen) => onSearch({ over: chosen })}
          />
          <Choice
            label="y"
            value={against.key}
            options={differing.map(named)}
            onChange={(chosen) => onSearch({ against: chosen })}
          />
          <Choice
            label={text('compare.colour')}
            value={colour?.key ?? noColour}
            options={[[noColour, text('compare.colour.none')], ...colours.map(named)]}
            onChange={(chosen) => onSearch({ colour: chosen })}
          />
        </div>
        <VegaPlot spec={scatter.spec} title={description} name="compare-scatter" height_px={360} />
        {scatter.leftOut > 0 && (
          <p className={style.note}>{text('compare.scatter.leftOut', { count: scatter.leftOut })}</p>
        )}
      </section>
      {axes.length > 1 && (
        <section className={style.part} aria-label={text('compare.parallel')}>
          <h2>{text('compare.parallel')}</h2>
          <VegaPlot spec={parallel} title={text('compare.parallel.title')} name="compare-parallel" height_px={360} />
          {params.length + 1 > axes_max && (
            <p className={style.note}>{text('compare.parallel.leftOut', { count: params.length + 1 - axes.length })}</p>
          )}
        </section>
      )}
    </div>
  )
}

/** A quantity of texts that all differ, such as a name, orders no lines. */
const isDrawn = ({ isNumber, values }: Quantity) => isNumber || new Set(values).size < Math.max(3, values.length)

interface ChoiceProps {
  label: string
  value: string
  options: [value: string, shown: string][]
  onChange: (value: string) => void
}

function Choice({ label, value, options, onChange }: ChoiceProps) {
  return (
    <label className={`${inputStyle.field} ${style.choice}`}>
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
