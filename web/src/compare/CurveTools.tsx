// The settings of all charts: metrics, x axis, smoothing, log scales, and bands over groups of runs.

import chartStyle from '../charts/Chart.module.css'
import { useText } from '../messages/catalogue'
import inputStyle from '../parts/Input.module.css'
import { bandKinds } from './bands'
import style from './Compare.module.css'
import type { CompareSearch } from './compare_search'
import { xAxes } from './curve_lines'
import { NameMenu } from './NameMenu'
import { weight_max } from './smoothing'

interface CurveToolsProps {
  search: CompareSearch
  offered: readonly string[]
  /** How many metrics the answer leaves out. */
  leftOut: number
  shown: readonly string[]
  groupings: readonly string[]
  onSearch: (change: Partial<CompareSearch>) => void
}

export function CurveTools({ search, offered, leftOut, shown, groupings, onSearch }: CurveToolsProps) {
  const text = useText()
  const across = search.x ?? 'step'
  const smoothing = search.smooth ?? 0
  return (
    <div className={style.tools} role="group" aria-label={text('compare.tools')}>
      <NameMenu
        label={text('compare.metrics')}
        names={offered}
        chosen={shown}
        leftOut={leftOut}
        onChoose={(metrics) => onSearch({ metrics })}
      />
      <label className={inputStyle.field}>
        <span>{text('chart.axes.x')}</span>
        <select
          className={inputStyle.select}
          value={across}
          onChange={({ target: { value } }) =>
            onSearch({ x: value === 'step' ? undefined : xAxes.find((axis) => axis === value) })
          }
        >
          {xAxes.map((axis) => (
            <option key={axis} value={axis}>
              {text(`compare.x.${axis}`)}
            </option>
          ))}
        </select>
      </label>
      <label className={inputStyle.field} title={text('compare.smooth.help')}>
        <span>
          {text('compare.smooth')} {smoothing > 0 && smoothing.toFixed(2)}
        </span>
        <input
          type="range"
          min={0}
          max={weight_max}
          step={0.01}
          value={smoothing}
          className={style.slider}
          onChange={({ target: { valueAsNumber } }) =>
            onSearch({ smooth: valueAsNumber > 0 ? valueAsNumber : undefined })
          }
        />
      </label>
      <span className={style.toggles}>
        <button
          type="button"
          className={chartStyle.toggle}
          aria-pressed={search.logx === true}
          disabled={across === 'clock'}
          onClick={() => onSearch({ logx: search.logx ? undefined : true })}
        >
          {text('plot.log.x')}
        </button>
        <button
          type="button"
          className={chartStyle.toggle}
          aria-pressed={search.logy === true}
          onClick={() => onSearch({ logy: search.logy ? undefined : true })}
        >
          {text('plot.log.y')}
        </button>
      </span>
      {groupings.length > 0 && (
        <label className={inputStyle.field}>
          <span>{text('compare.group')}</span>
          <select
            className={inputStyle.select}
            value={groupings.includes(search.group ?? '') ? search.group : ''}
            // The hidden lines are runs, or groups of another parameter.
            onChange={({ target: { value } }) => onSearch({ group: value || undefined, hide: undefined })}
          >
            <option value="">{text('compare.group.none')}</option>
            {groupings.map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </label>
      )}
      {search.group && (
        <label className={inputStyle.field}>
          <span>{text('compare.band')}</span>
          <select
            className={inputStyle.select}
            value={search.band ?? 'deviation'}
            onChange={({ target: { value } }) =>
              onSearch({ band: value === 'deviation' ? undefined : bandKinds.find((kind) => kind === value) })
            }
          >
            {bandKinds.map((kind) => (
              <option key={kind} value={kind}>
                {text(`compare.band.${kind}`)}
              </option>
            ))}
          </select>
        </label>
      )}
    </div>
  )
}
