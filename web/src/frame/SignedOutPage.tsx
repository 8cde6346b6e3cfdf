// The page for a browser without a session: it shows the command that signs the browser in.
import { useText } from '../messages/catalogue'
import { setLanguage, useLanguage } from '../messages/language'
import { Button } from '../parts/Button'
import { Command } from '../parts/Copyable'
import style from './SignedOutPage.module.css'

export function SignedOutPage() {
  const text = useText()
  const language = useLanguage()
  return (
    <main className={style.page}>
      <p className={style.mark}>Hven</p>
      <h1>{text('signedOut.title')}</h1>
      <p>{text('signedOut.body')}</p>
      <Command value="hven login" />
      <p>{text('signedOut.after')}</p>
      <p className={style.small}>{text('signedOut.used')}</p>
      <div className={style.buttons}>
        <Button onClick={() => location.reload()}>{text('word.tryAgain')}</Button>
        <Button
          kind="quiet"
          title={text('frame.language.label')}
          onClick={() => setLanguage(language === 'zh' ? 'en' : 'zh')}
        >
          {text('frame.language')}
        </Button>
      </div>
    </main>
  )
}
