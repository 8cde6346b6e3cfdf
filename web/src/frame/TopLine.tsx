// The top line: breadcrumb, palette, running and waiting runs, user, language and theme.
import { Link } from '@tanstack/react-router'
import { useMe } from '../api/server'
import { type MessageKey, useText } from '../messages/catalogue'
import { setLanguage, useLanguage } from '../messages/language'
import { IconButton } from '../parts/Button'
import { Icon } from '../parts/Icon'
import { setTheme, useShownTheme } from '../theme/theme'
import { Breadcrumb } from './Breadcrumb'
import { LiveStatus } from './LiveStatus'
import style from './TopLine.module.css'

const onMac = /Mac|iPhone|iPad/.test(navigator.userAgent)

export function TopLine({ onOpenPalette }: { onOpenPalette: () => void }) {
  const text = useText()
  const language = useLanguage()
  const shown = useShownTheme()
  const themeLabel: MessageKey = shown === 'night' ? 'frame.theme.paper' : 'frame.theme.night'
  return (
    <header className={style.top}>
      <Breadcrumb />
      <button type="button" className={style.palette} onClick={onOpenPalette} aria-keyshortcuts="Control+K Meta+K">
        <Icon name="search" size={15} />
        <span>{text('palette.open')}</span>
        <kbd>{onMac ? '⌘K' : 'Ctrl K'}</kbd>
      </button>
      <LiveStatus />
      <SignedInUser />
      <button
        type="button"
        className={style.language}
        lang={language === 'zh' ? 'en' : 'zh-CN'}
        title={text('frame.language.label')}
        onClick={() => setLanguage(language === 'zh' ? 'en' : 'zh')}
      >
        {text('frame.language')}
      </button>
      <IconButton
        icon={shown === 'night' ? 'sun' : 'moon'}
        label={text(themeLabel)}
        onClick={() => setTheme(shown === 'night' ? 'paper' : 'night')}
      />
    </header>
  )
}

function SignedInUser() {
  const text = useText()
  const me = useMe().data
  if (me === undefined) return null
  const name = me.name ?? text('frame.you.erased')
  const label = text('frame.you', { name })
  return (
    <Link to="/settings" className={style.you} aria-label={label} title={label}>
      <Icon name="person" size={15} />
      <span>{name}</span>
    </Link>
  )
}
