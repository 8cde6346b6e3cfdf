// The navigation rail at the left with the parts of Hven in this version. On a phone it is at the bottom.
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useText } from '../messages/catalogue'
import { railEntries } from '../nouns'
import { IconButton } from '../parts/Button'
import { Icon } from '../parts/Icon'
import style from './Rail.module.css'

const key = 'hven.rail'

export function Rail() {
  const text = useText()
  const [narrow, setNarrow] = useState(() => localStorage.getItem(key) === 'narrow')
  const toggle = () => {
    localStorage.setItem(key, narrow ? 'wide' : 'narrow')
    setNarrow(!narrow)
  }
  return (
    <nav className={style.rail} data-narrow={narrow} aria-label={text('nav.label')}>
      <div className={style.mark}>
        <Mark />
        <span>Hven</span>
      </div>
      <ul>
        {railEntries.map((entry) => (
          <li key={entry.to}>
            <Link
              to={entry.to}
              className={style.part}
              activeProps={{ 'data-active': 'true' }}
              activeOptions={{ exact: entry.to === '/', includeSearch: false }}
              title={narrow ? text(entry.label) : undefined}
            >
              <Icon name={entry.icon} size={18} />
              <span>{text(entry.label)}</span>
            </Link>
          </li>
        ))}
      </ul>
      <div className={style.foot}>
        <IconButton
          icon={narrow ? 'expand' : 'collapse'}
          label={text(narrow ? 'nav.expand' : 'nav.collapse')}
          aria-expanded={!narrow}
          onClick={toggle}
        />
      </div>
    </nav>
  )
}

/** The logo: a quadrant that points at a star. */
function Mark() {
  return (
    <svg aria-hidden="true" width="24" height="24" viewBox="0 0 24 24" fill="none" strokeLinecap="round">
      <path d="M3 18.5A11 11 0 0 1 20 18.5" stroke="var(--brass-line)" strokeWidth="1.8" />
      <path d="M11.5 18.5 17.4 7.2" stroke="var(--brass-line)" strokeWidth="1.8" />
      <circle cx="17.8" cy="5.4" r="2" fill="currentColor" />
      <circle cx="11.5" cy="18.5" r="1.7" fill="currentColor" />
    </svg>
  )
}
