// The command palette: opens any page or search result and starts any action, by typing.
import { Dialog } from '@base-ui/react/dialog'
import { keepPreviousData, useQueries } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useDeferredValue, useEffect, useId, useState } from 'react'
import { type MessageKey, useText } from '../messages/catalogue'
import { setLanguage, useLanguage } from '../messages/language'
import { nouns, railEntries } from '../nouns'
import dialogStyle from '../parts/Dialog.module.css'
import { Icon, type IconName } from '../parts/Icon'
import { ShownShape } from '../parts/ShownShape'
import { setTheme, useShownTheme } from '../theme/theme'
import style from './Palette.module.css'
import { usePageActions } from './page_actions'

interface PaletteProps {
  open: boolean
  onOpenChange: (open: boolean) => void
}

interface Entry {
  id: string
  group: MessageKey
  label: string
  detail?: string
  shape: React.ReactNode
  act: () => void
}

export function Palette({ open, onOpenChange }: PaletteProps) {
  const text = useText()
  return (
    <Dialog.Root open={open} onOpenChange={onOpenChange}>
      <Dialog.Portal>
        <Dialog.Backdrop className={dialogStyle.backdrop} />
        <Dialog.Popup className={style.popup} aria-label={text('palette.open')}>
          <PaletteSearch onDone={() => onOpenChange(false)} />
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

function PaletteSearch({ onDone }: { onDone: () => void }) {
  const text = useText()
  const [query, setQuery] = useState('')
  const entries = usePaletteEntries(query.trim())
  const [active, setActive] = useState(0)
  const listId = useId()
  const chosen = Math.min(active, entries.length - 1)
  useEffect(() => {
    document.getElementById(`${listId}-${chosen}`)?.scrollIntoView({ block: 'nearest' })
  }, [listId, chosen])
  const act = (entry: Entry | undefined) => {
    if (entry === undefined) return
    onDone()
    entry.act()
  }
  function onKeyDown(event: React.KeyboardEvent) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step !== undefined && entries.length > 0) {
      event.preventDefault()
      setActive((chosen + step + entries.length) % entries.length)
    } else if (event.key === 'Enter') {
      event.preventDefault()
      act(entries[chosen])
    }
  }
  return (
    <>
      <div className={style.field}>
        <Icon name="search" />
        <input
          type="text"
          role="combobox"
          spellCheck={false}
          autoComplete="off"
          value={query}
          placeholder={text('palette.placeholder')}
          aria-label={text('palette.placeholder')}
          aria-expanded={entries.length > 0}
          aria-controls={listId}
          aria-activedescendant={entries.length > 0 ? `${listId}-${chosen}` : undefined}
          onChange={(event) => {
            setQuery(event.target.value)
            setActive(0)
          }}
          onKeyDown={onKeyDown}
        />
      </div>
      <div id={listId} role="listbox" tabIndex={-1} aria-label={text('palette.open')} className={style.list}>
        {entries.map((entry, at) => (
          <div key={entry.id} role="presentation">
            {entry.group !== entries[at - 1]?.group && (
              <div className={style.group} role="presentation">
                {text(entry.group)}
              </div>
            )}
            {/* biome-ignore lint/a11y/useKeyWithClickEvents: the field keeps the focus and handles the keys */}
            <div
              id={`${listId}-${at}`}
              role="option"
              tabIndex={-1}
              aria-selected={at === chosen}
              className={style.entry}
              onMouseMove={() => setActive(at)}
              onClick={() => act(entry)}
            >
              {entry.shape}
              <span className={style.label}>{entry.label}</span>
              {entry.detail && <span className={style.detail}>{entry.detail}</span>}
            </div>
          </div>
        ))}
      </div>
      {entries.length === 0 && <p className={style.none}>{text('palette.none', { query })}</p>}
      <p className={style.keys}>{text('palette.keys')}</p>
    </>
  )
}

function usePaletteEntries(query: string): Entry[] {
  const text = useText()
  const navigate = useNavigate()
  const shown = useShownTheme()
  const language = useLanguage()
  const offered = usePageActions()
  const found = useFound(useDeferredValue(query))
  const icon = (name: IconName) => <Icon name={name} />
  const pages: Entry[] = railEntries.map(({ to, icon: name, label }) => ({
    id: to,
    group: 'palette.goTo',
    label: text(label),
    shape: icon(name),
    act: () => navigate({ to }),
  }))
  const ofNouns: Entry[] = found.map(({ group, id, label, detail, shape, link }) => ({
    id,
    group,
    label,
    detail,
    shape: <ShownShape shape={shape} />,
    act: () => navigate(link),
  }))
  const pageActions: Entry[] = offered.map(({ id, label, icon: name, act }) => ({
    id: `here ${id}`,
    group: 'palette.here',
    label,
    shape: icon(name),
    act,
  }))
  const actions: Entry[] = [
    {
      id: 'theme',
      group: 'palette.do',
      label: text(shown === 'night' ? 'frame.theme.paper' : 'frame.theme.night'),
      shape: icon(shown === 'night' ? 'sun' : 'moon'),
      act: () => setTheme(shown === 'night' ? 'paper' : 'night'),
    },
    {
      id: 'language',
      group: 'palette.do',
      label: text('frame.language.label'),
      shape: icon('settings'),
      act: () => setLanguage(language === 'zh' ? 'en' : 'zh'),
    },
  ]
  const wanted = query.toLowerCase()
  const fits = (entry: Entry) => entry.label.toLowerCase().includes(wanted)
  const entries = [...pages.filter(fits), ...pageActions.filter(fits), ...ofNouns, ...actions.filter(fits)]
  if (query === '') return entries
  const filtered = searches.flatMap((search) => search.filtered ?? [])
  return [
    ...entries,
    ...filtered.map(
      ({ label, icon: name, link }): Entry => ({
        id: `filter ${label}`,
        group: 'palette.do',
        label: text(label, { query }),
        shape: icon(name),
        act: () => navigate(link(query)),
      }),
    ),
  ]
}

const searches = nouns.flatMap(({ search }) => search ?? [])

/** The search results of all nouns that can be searched. */
function useFound(query: string) {
  const found = useQueries({
    queries: searches.map(({ key, find }) => ({
      queryKey: key(query),
      queryFn: ({ signal }: { signal: AbortSignal }) => find(query, signal),
      placeholderData: keepPreviousData,
      retry: false,
    })),
  })
  return searches.flatMap(({ group }, at) => (found[at]?.data ?? []).map((one) => ({ ...one, group })))
}
