// The frame around every page: rail, top line, the line about the connection, and the page.
import { Outlet, useRouterState } from '@tanstack/react-router'
import { lazy, Suspense, useEffect, useRef, useState } from 'react'
import { asApiError } from '../api/error'
import { useMe } from '../api/server'
import { useLiveFacts } from '../live/live_facts'
import { useText } from '../messages/catalogue'
import { Placeholder, Problem } from '../parts/Notice'
import { ConnectionLine } from './ConnectionLine'
import style from './Frame.module.css'
import { Rail } from './Rail'
import { SignedOutPage } from './SignedOutPage'
import { TopLine } from './TopLine'

const loadPalette = () => import('./Palette').then((module) => ({ default: module.Palette }))
const Palette = lazy(loadPalette)
/** The palette is loaded when the first page is complete, so that it opens without delay. */
const paletteLoaded_ms = 2000

export function Frame() {
  const me = useMe()
  if (asApiError(me.error)?.isSignedOut) return <SignedOutPage />
  return <SignedInFrame error={me.data ? null : me.error} />
}

function SignedInFrame({ error }: { error: unknown }) {
  const text = useText()
  // Undefined until the first opening.
  const [paletteOpen, setPaletteOpen] = useState<boolean>()
  useLiveFacts()
  useEffect(() => {
    const timer = setTimeout(loadPalette, paletteLoaded_ms)
    return () => clearTimeout(timer)
  }, [])
  usePaletteKey(() => setPaletteOpen(true))
  const main = useFocusOnNewPage()
  return (
    <div className={style.frame}>
      <a className={style.skip} href="#page">
        {text('nav.skip')}
      </a>
      <Rail />
      <div className={style.column}>
        <TopLine onOpenPalette={() => setPaletteOpen(true)} />
        <ConnectionLine />
        <main id="page" ref={main} tabIndex={-1} className={style.main}>
          {error ? (
            <Problem error={error} />
          ) : (
            <Suspense fallback={<Placeholder lines={6} />}>
              <Outlet />
            </Suspense>
          )}
        </main>
      </div>
      {paletteOpen !== undefined && (
        <Suspense>
          <Palette open={paletteOpen} onOpenChange={setPaletteOpen} />
        </Suspense>
      )}
    </div>
  )
}

function usePaletteKey(open: () => void) {
  const latest = useRef(open)
  latest.current = open
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault()
        latest.current()
      }
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [])
}

/** Moves the focus to the page when its path changes, so that a screen reader starts there. */
function useFocusOnNewPage() {
  const main = useRef<HTMLElement>(null)
  const path = useRouterState({ select: (state) => state.location.pathname })
  const shown = useRef(path)
  useEffect(() => {
    if (shown.current === path) return
    shown.current = path
    main.current?.focus({ preventScroll: true })
    main.current?.scrollTo(0, 0)
  }, [path])
  return main
}
