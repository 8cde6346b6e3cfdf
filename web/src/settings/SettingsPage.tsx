// Settings: tokens, members, language and theme, and the version of Hven.
import { useMutation } from '@tanstack/react-query'
import { signOut, useMe, useServer } from '../api/server'
import { useBreadcrumb } from '../frame/Breadcrumb'
import { useText } from '../messages/catalogue'
import { Button } from '../parts/Button'
import { Copyable } from '../parts/Copyable'
import { Facts } from '../parts/Facts'
import { Problem } from '../parts/Notice'
import { AppearancePart } from './AppearancePart'
import { MembersPart } from './MembersPart'
import style from './SettingsPage.module.css'
import { TokensPart } from './TokensPart'

export function SettingsPage() {
  const text = useText()
  useBreadcrumb(undefined, text('settings.title'))
  return (
    <div className={style.page}>
      <h1>{text('settings.title')}</h1>
      <TokensPart />
      <MembersPart />
      <AppearancePart />
      <ServerPart />
    </div>
  )
}

function ServerPart() {
  const text = useText()
  const { data } = useServer()
  const me = useMe().data
  const leave = useMutation({ mutationFn: signOut, onSuccess: () => location.assign('/') })
  return (
    <section className={style.part} aria-label={text('settings.server')}>
      <h2>{text('settings.server')}</h2>
      {data && (
        <Facts
          lines={[
            { name: text('settings.server.version'), value: data.version },
            { name: text('settings.server.address'), value: <Copyable value={data.url} /> },
            { name: text('settings.server.home'), value: <Copyable value={data.home} /> },
            { name: text('home.database'), value: data.database },
          ]}
        />
      )}
      {me && <p className={style.body}>{text('frame.you', { name: me.name ?? text('frame.you.erased') })}</p>}
      <div>
        <Button onClick={() => leave.mutate()}>{text('settings.signOut')}</Button>
      </div>
      {leave.error && <Problem error={leave.error} />}
    </section>
  )
}
