// The legend of all charts of the page: the runs or groups with their colours, and their values under the pointer. A
// click hides a line and shows it again; the pointer or the focus brings it to the front.
import { Link } from '@tanstack/react-router'
import { useFormat } from '../format/format'
import { useText } from '../messages/catalogue'
import { Icon } from '../parts/Icon'
import style from './Compare.module.css'
import type { Readout } from './CompareChart'
import type { XAxis } from './curve_lines'
import type { LineLook } from './run_colours'
import { Swatch } from './Swatch'

export interface LegendEntry {
  id: string
  name: string
  detail?: string
  /** The run; undefined for a group. */
  run?: string
}

interface LegendProps {
  entries: readonly LegendEntry[]
  looks: ReadonlyMap<string, LineLook>
  hidden: ReadonlySet<string>
  readout: Readout | undefined
  across: XAxis
  onHide: (hidden: string[]) => void
  onStrong: (id: string | undefined) => void
}

export function Legend({ entries, looks, hidden, readout, across, onHide, onStrong }: LegendProps) {
  const text = useText()
  const format = useFormat()
  const ids = entries.map(({ id }) => id)
  const toggle = (id: string) => onHide(hidden.has(id) ? [...hidden].filter((each) => each !== id) : [...hidden, id])
  const only = (id: string) => onHide(ids.filter((each) => each !== id))
  const position = (x: number) =>
    across === 'clock'
      ? format.clock(x * 1000)
      : across === 'elapsed'
        ? format.duration(x)
        : format.value(Math.round(x))
  return (
    <section className={style.legend} aria-label={text('compare.legend')}>
      <header>
        <span>
          {readout?.x === undefined
            ? text('compare.legend.hint')
            : text('compare.legend.at', {
                metric: readout.metric,
                axis: text(`compare.x.${across}`),
                x: position(readout.x),
              })}
        </span>
        {hidden.size > 0 && (
          <button type="button" className={style.plain} onClick={() => onHide([])}>
            {text('compare.legend.all')}
          </button>
        )}
      </header>
      <ul>
        {entries.map(({ id, name, detail, run }) => {
          const isHidden = hidden.has(id)
          const value = readout?.values.get(id)
          const look = looks.get(id)
          return (
            <li key={id} data-hidden={isHidden || undefined}>
              <button
                type="button"
                className={style.entry}
                aria-pressed={!isHidden}
                title={text(isHidden ? 'compare.legend.show' : 'compare.legend.hide', { name })}
                onClick={(event) => (event.altKey ? only(id) : toggle(id))}
                onPointerEnter={() => onStrong(id)}
                onPointerLeave={() => onStrong(undefined)}
                onFocus={() => onStrong(id)}
                onBlur={() => onStrong(undefined)}
              >
                {look && <Swatch look={look} />}
                <span className={style.name}>{name}</span>
                {detail && <span className={style.detail}>{detail}</span>}
                <span className={style.value}>{value === undefined ? '' : format.value(value, 5)}</span>
              </button>
              <button
                type="button"
                className={style.only}
                aria-label={text('compare.legend.only', { name })}
                title={text('compare.legend.only', { name })}
                onClick={() => only(id)}
              >
                <Icon name="search" size={12} />
              </button>
              {run && (
                <Link
                  to="/r/$run"
                  params={{ run }}
                  className={style.only}
                  aria-label={text('compare.open', { run })}
                  title={text('compare.open', { run })}
                >
                  <Icon name="right" size={12} />
                </Link>
              )}
            </li>
          )
        })}
      </ul>
    </section>
  )
}
