// Language and theme.
import { useText } from '../messages/catalogue'
import { type Language, setLanguage, useLanguage } from '../messages/language'
import { setTheme, type Theme, useTheme } from '../theme/theme'
import style from './SettingsPage.module.css'

const languages: { value: Language; label: string }[] = [
  { value: 'en', label: 'English' },
  { value: 'zh', label: '简体中文' },
]
const themes: Theme[] = ['system', 'paper', 'night']

export function AppearancePart() {
  const text = useText()
  const language = useLanguage()
  const theme = useTheme()
  return (
    <section className={style.part} aria-label={text('settings.look')}>
      <h2>{text('settings.look')}</h2>
      <fieldset className={style.choices}>
        <legend>{text('settings.language')}</legend>
        {languages.map(({ value, label }) => (
          <label key={value}>
            <input type="radio" name="language" checked={language === value} onChange={() => setLanguage(value)} />
            <span lang={value === 'zh' ? 'zh-CN' : 'en'}>{label}</span>
          </label>
        ))}
      </fieldset>
      <fieldset className={style.choices}>
        <legend>{text('settings.theme')}</legend>
        {themes.map((value) => (
          <label key={value}>
            <input type="radio" name="theme" checked={theme === value} onChange={() => setTheme(value)} />
            {text(`settings.theme.${value}`)}
          </label>
        ))}
      </fieldset>
    </section>
  )
}
