// The curves of the compared runs: the chosen metrics over each other's runs, with one setting and one legend.
import { useMemo, useState } from 'react'
import type { ComparedRuns } from '../api/comparison'
import { useRunToken } from '../charts/colour_choice'
import { useText } from '../messages/catalogue'
import { Empty } from '../parts/Notice'
import { hasEnded } from '../parts/run_state'
import style from './Compare.module.css'
import { type ChartSetting, CompareChart, type Readout } from './CompareChart'
import { CurveTools } from './CurveTools'
import type { CompareSearch } from './compare_search'
import { canGroup, groupsOf, groupToken } from './groups'
import { Legend, type LegendEntry } from './Legend'
import { quantitiesOf } from './quantities'
import { type LineLook, looksOf } from './run_colours'

interface PartProps {
  compared: ComparedRuns
  search: CompareSearch
  onSearch: (change: Partial<CompareSearch>) => void
}

const first_charts = 4

/** The metrics that can be drawn as curves, those of the most runs first; without any, all of them. */
export function offeredMetrics({ metrics }: ComparedRuns): string[] {
  const ranked = metrics.map(({ name, points }) => ({
    name,
    runs: points.filter((count) => count > 0).length,
    isCurve: points.some((count) => count > 1),
  }))
  ranked.sort((a, b) => Number(b.isCurve) - Number(a.isCurve) || b.runs - a.runs || a.name.localeCompare(b.name))
  return ranked.map(({ name }) => name)
}

export function CurvesPart({ compared, search, onSearch }: PartProps) {
  const text = useText()
  const tokenOf = useRunToken()
  const [readout, setReadout] = useState<Readout>()
  const [strong, setStrong] = useState<string>()
  const { runs } = compared
  const offered = useMemo(() => offeredMetrics(compared), [compared])
  const groupings = useMemo(() => canGroup(quantitiesOf(compared)), [compared])
  const grouping = groupings.find(({ name }) => name === search.group)
  const groups = useMemo(() => (grouping ? groupsOf(grouping) : undefined), [grouping])
  const tokens = runs.map((run) => tokenOf(run.id)).join()
  const looks = useMemo((): Map<string, LineLook> => {
    if (groups) return new Map(groups.map(({ id }, at) => [id, { token: groupToken(at), dash: [] }]))
    const chosen = new Map(runs.map((run, at) => [run.handle, tokens.split(',')[at]]))
    return looksOf(
      runs.map(({ handle }) => handle),
      (handle) => chosen.get(handle),
    )
  }, [groups, runs, tokens])
  const hide = search.hide
  const hidden = useMemo(() => new Set(hide), [hide])
  const shown = search.metrics ?? offered.slice(0, first_charts)
  const entries = useMemo((): LegendEntry[] => {
    if (!groups || !grouping)
      return runs.map(({ handle, name }) => ({ id: handle, name: handle, detail: name ?? undefined, run: handle }))
    return groups.map(({ id, value, runs }) => ({
      id,
      name:
        value === undefined ? text('compare.group.without', { name: grouping.name }) : `${grouping.name} = ${value}`,
      detail: text('compare.group.runs', { count: runs.length }),
    }))
  }, [groups, grouping, runs, text])
  const setting = useMemo((): ChartSetting => {
    const names = new Map(entries.map(({ id, name, detail }) => [id, groups || !detail ? name : `${name} ${detail}`]))
    const started = new Map(runs.map((run) => [run.handle, run.started ? Date.parse(run.started) / 1000 : undefined]))
    return {
      handles: runs.map(({ handle }) => handle),
      across: search.x ?? 'step',
      smoothing: search.smooth ?? 0,
      // A log scale over the time of the clock says nothing.
      logX: search.logx === true && search.x !== 'clock',
      logY: search.logy === true,
      groups,
      band: search.band ?? 'deviation',
      hidden,
      looks,
      nameOf: (id) => names.get(id) ?? id,
      startedOf: (handle) => started.get(handle),
      isLive: runs.some(({ state }) => !hasEnded(state)),
    }
  }, [entries, groups, runs, search.x, search.smooth, search.logx, search.logy, search.band, hidden, looks])
  if (offered.length === 0) return <Empty command="hven run -- python3 train.py">{text('compare.curves.none')}</Empty>
  return (
    <div className={style.curves}>
      <CurveTools
        search={search}
        offered={offered}
        leftOut={compared.metrics_left_out}
        shown={shown}
        groupings={groupings.map(({ name }) => name)}
        onSearch={onSearch}
      />
      <div className={style.beside}>
        <div className={style.charts}>
          {shown.length === 0 && <p className={style.note}>{text('compare.curves.choose')}</p>}
          {shown.map((metric) => (
            <CompareChart key={metric} metric={metric} setting={setting} strong={strong} onReadout={setReadout} />
          ))}
        </div>
        <Legend
          entries={entries}
          looks={looks}
          hidden={hidden}
          readout={readout}
          across={setting.across}
          onHide={(next) => onSearch({ hide: next.length === 0 ? undefined : next })}
          onStrong={setStrong}
        />
      </div>
    </div>
  )
}
