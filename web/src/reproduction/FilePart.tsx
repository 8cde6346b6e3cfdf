// One compared output: how similar both versions are, the places that differ, and both side by side.
import { useFormat } from '../format/format'
import { toNumber } from '../format/numbers'
import { keyFor, useText } from '../messages/catalogue'
import tableStyle from '../parts/Table.module.css'
import { TableFrame } from '../parts/TableFrame'
import { type FileComparison, levelOf, type Place, placesOf } from './comparison'
import { LevelBadge } from './LevelBadge'
import { useSpot } from './place_text'
import style from './Reproduction.module.css'
import { SideBySide } from './SideBySide'
import { useTolerance } from './tolerance'

interface FilePartProps {
  file: FileComparison
  /** The handles of the run and of the run that reproduced it. */
  run: string
  again: string
}

export function FilePart({ file, run, again }: FilePartProps) {
  const text = useText()
  const tolerance = useTolerance()
  const { path, likeness, notes = [] } = file
  const level = levelOf(likeness.is)
  const places = placesOf(likeness)
  const kindKey = keyFor('compared', file.compared_as)
  return (
    <details className={style.file} open={level === 'differs'} data-level={level}>
      <summary>
        <code>{path}</code> <LevelBadge level={likeness.is} />
        <span className={style.quiet}>
          {kindKey && text(kindKey)}
          {likeness.tolerance && ` · ${text('reproduction.allowed', { tolerance: tolerance(likeness.tolerance) })}`}
          {likeness.count !== undefined && ` · ${text('reproduction.differences', { count: likeness.count })}`}
        </span>
      </summary>
      <div className={style.inside}>
        {notes.length > 0 && (
          <ul className={style.list}>
            {notes.map((note) => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        )}
        {places.length > 0 && <Places places={places} isMarked={level === 'differs'} />}
        {likeness.count !== undefined && likeness.count > places.length && (
          <p className={style.quiet}>{text('reproduction.first', { count: places.length })}</p>
        )}
        <SideBySide file={file} run={run} again={again} />
      </div>
    </details>
  )
}

function Places({ places, isMarked }: { places: Place[]; isMarked: boolean }) {
  const text = useText()
  const format = useFormat()
  const spot = useSpot()
  const mark = isMarked ? style.marked : undefined
  return (
    <TableFrame>
      <table className={tableStyle.table} aria-label={text('reproduction.places')}>
        <thead>
          <tr>
            <th scope="col">{text('reproduction.where')}</th>
            <th scope="col">{text('reproduction.before')}</th>
            <th scope="col">{text('reproduction.after')}</th>
            <th scope="col" className={`${tableStyle.number} ${tableStyle.wide}`}>
              {text('reproduction.difference')}
            </th>
            <th scope="col" className={`${tableStyle.number} ${tableStyle.wide}`}>
              {text('reproduction.relative')}
            </th>
          </tr>
        </thead>
        <tbody>
          {places.map((place) => (
            <tr key={JSON.stringify(place.spot)}>
              <th scope="row" title={spot(place.spot)}>
                {spot(place.spot)}
              </th>
              <td className={mark} title={place.before ?? undefined}>
                {place.before ?? <i>{text('reproduction.nothing')}</i>}
              </td>
              <td className={mark} title={place.after ?? undefined}>
                {place.after ?? <i>{text('reproduction.nothing')}</i>}
              </td>
              <td className={`${tableStyle.number} ${tableStyle.wide}`}>
                {place.difference && format.value(toNumber(place.difference.absolute), 4)}
              </td>
              <td className={`${tableStyle.number} ${tableStyle.wide}`}>
                {place.difference && format.value(toNumber(place.difference.relative), 4)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableFrame>
  )
}
