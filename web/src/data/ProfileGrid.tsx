// The content of the columns as small charts. A wide table has a filter and shows more columns on request.
import { useMemo, useState } from 'react'
import { useFormat } from '../format/format'
import { useText } from '../messages/catalogue'
import { Button } from '../parts/Button'
import inputStyle from '../parts/Input.module.css'
import type { Column } from './cells'
import type { Profile } from './documents'
import { ProfileCard } from './ProfileCard'
import style from './ProfileGrid.module.css'

const shownFirst = 12
/** A wide table shows fewer, so that the parts below are near. */
const shownFirst_wide = 6
const shownMore = 24
const filterFrom = 9

export function ProfileGrid({ columns, profile }: { columns: Column[]; profile: Profile[] }) {
  const text = useText()
  const format = useFormat()
  const [wanted, setWanted] = useState('')
  const [shown, setShown] = useState(columns.length > shownFirst ? shownFirst_wide : shownFirst)
  const profiles = useMemo(() => new Map(profile.map((each) => [each.column, each])), [profile])
  const found = columns.filter(({ name }) => name.toLowerCase().includes(wanted.toLowerCase()))
  const left = found.length - shown
  return (
    <section className={style.profile} aria-label={text('data.profile')}>
      <h2 className="visually-hidden">{text('data.profile')}</h2>
      {columns.length >= filterFrom && (
        <input
          className={`${inputStyle.input} ${style.filter}`}
          type="search"
          value={wanted}
          placeholder={text('data.profile.filter')}
          aria-label={text('data.profile.filter')}
          onChange={(event) => setWanted(event.target.value)}
        />
      )}
      <div className={style.grid}>
        {found.slice(0, shown).map((column) => {
          const held = profiles.get(column.name)
          return held && <ProfileCard key={column.name} column={column} profile={held} />
        })}
      </div>
      {left > 0 && (
        <div>
          <Button onClick={() => setShown(shown + shownMore)}>
            {text('data.profile.more', { count: format.count(Math.min(left, shownMore)) })}
          </Button>
        </div>
      )}
    </section>
  )
}
