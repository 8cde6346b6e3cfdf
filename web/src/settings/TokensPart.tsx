// Tokens: made here, shown once, revoked here.
import { useState } from 'react'
import { useCreateToken, useRevokeToken, useTokens } from '../api/access'
import type { Token } from '../api/types'
import { useText } from '../messages/catalogue'
import { AskDialog } from '../parts/AskDialog'
import { Button } from '../parts/Button'
import { Command } from '../parts/Copyable'
import inputStyle from '../parts/Input.module.css'
import { Empty, Placeholder, Problem } from '../parts/Notice'
import tableStyle from '../parts/Table.module.css'
import { Time } from '../parts/Time'
import style from './SettingsPage.module.css'

const lifetimes_days = [30, 90, 365]

export function TokensPart() {
  const text = useText()
  const { data, error, refetch } = useTokens()
  const live = data?.filter((token) => !token.revoked)
  return (
    <section className={style.part} aria-label={text('settings.tokens')}>
      <h2>{text('settings.tokens')}</h2>
      <p className={style.body}>{text('settings.tokens.body')}</p>
      <NewTokenForm />
      {error && !data ? (
        <Problem error={error} onRetry={refetch} />
      ) : live === undefined ? (
        <Placeholder lines={3} />
      ) : live.length === 0 ? (
        <Empty>{text('settings.tokens.none')}</Empty>
      ) : (
        <TokenTable tokens={live} />
      )}
    </section>
  )
}

function NewTokenForm() {
  const text = useText()
  const [name, setName] = useState('')
  const [days, setDays] = useState('90')
  const create = useCreateToken()
  if (create.data) {
    return (
      <div className={style.secret} role="status">
        <p>
          <b>{text('settings.tokens.once')}</b>
        </p>
        <Command>{create.data.secret}</Command>
        <Button onClick={() => create.reset()}>{text('settings.tokens.kept')}</Button>
      </div>
    )
  }
  return (
    <form
      className={style.form}
      onSubmit={(event) => {
        event.preventDefault()
        create.mutate(
          { name: name.trim(), days: days === '' ? undefined : Number(days) },
          { onSuccess: () => setName('') },
        )
      }}
    >
      <label className={inputStyle.field}>
        <span>{text('settings.tokens.name')}</span>
        <input
          className={inputStyle.input}
          required
          maxLength={100}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
      </label>
      <label className={inputStyle.field}>
        <span>{text('settings.tokens.expires')}</span>
        <select className={inputStyle.select} value={days} onChange={(event) => setDays(event.target.value)}>
          {lifetimes_days.map((each) => (
            <option key={each} value={each}>
              {text('settings.tokens.days', { count: each })}
            </option>
          ))}
          <option value="">{text('settings.tokens.never')}</option>
        </select>
      </label>
      <Button type="submit" kind="primary" disabled={name.trim() === '' || create.isPending}>
        {text('settings.tokens.create')}
      </Button>
      {create.error && <Problem error={create.error} />}
    </form>
  )
}

function TokenTable({ tokens }: { tokens: Token[] }) {
  const text = useText()
  const [asking, setAsking] = useState<Token>()
  const revoke = useRevokeToken()
  return (
    <>
      <div className={tableStyle.scroller}>
        <table className={tableStyle.table}>
          <thead>
            <tr>
              <th scope="col">{text('settings.tokens.name')}</th>
              <th scope="col" className={tableStyle.wide}>
                {text('settings.tokens.created')}
              </th>
              <th scope="col">{text('settings.tokens.expires')}</th>
              <th scope="col" className={tableStyle.tools}>
                <span className="visually-hidden">{text('settings.tokens.revoke')}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {tokens.map((token) => (
              <tr key={token.id}>
                <th scope="row" title={token.name}>
                  {token.name}
                </th>
                <td className={tableStyle.wide}>
                  <Time at={token.issued} />
                </td>
                <td>{token.expires ? <Time at={token.expires} /> : text('settings.tokens.never')}</td>
                <td className={tableStyle.tools}>
                  <Button
                    kind="danger"
                    aria-label={`${text('settings.tokens.revoke')} ${token.name}`}
                    onClick={() => setAsking(token)}
                  >
                    {text('settings.tokens.revoke')}
                  </Button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {revoke.error && <Problem error={revoke.error} />}
      <AskDialog
        open={asking !== undefined}
        onOpenChange={(open) => !open && setAsking(undefined)}
        title={text('settings.tokens.revoke.ask', { name: asking?.name ?? '' })}
        body={text('settings.tokens.revoke.body')}
        keep={text('settings.tokens.revoke.keep')}
        act={text('settings.tokens.revoke')}
        onAct={() => asking && revoke.mutate(asking.id)}
      />
    </>
  )
}
