// Tokens: they are created, shown once and revoked here.
import { useState } from 'react'
import { useCreateToken, useRevokeToken, useTokens } from '../api/access'
import type { Token } from '../api/types'
import { useFormat } from '../format/format'
import { useText } from '../messages/catalogue'
import { Answer } from '../parts/Answer'
import { Button } from '../parts/Button'
import { Command } from '../parts/Copyable'
import inputStyle from '../parts/Input.module.css'
import { Empty, Problem } from '../parts/Notice'
import { Time } from '../parts/Time'
import { RemovableTable } from './RemovableTable'
import style from './SettingsPage.module.css'

const lifetimes_days = [30, 90, 365]

export function TokensPart() {
  const text = useText()
  const tokens = useTokens()
  return (
    <section className={style.part} aria-label={text('settings.tokens')}>
      <h2>{text('settings.tokens')}</h2>
      <p className={style.body}>{text('settings.tokens.body')}</p>
      <NewTokenForm />
      <Answer asked={tokens}>
        {(all) => {
          const live = all.filter((token) => !token.revoked)
          return live.length === 0 ? <Empty>{text('settings.tokens.none')}</Empty> : <TokenTable tokens={live} />
        }}
      </Answer>
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
        <Command value={create.data.secret} />
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
  const format = useFormat()
  const revoke = useRevokeToken()
  // The server gives all sessions the same English name.
  const nameOf = (token: Token) => (token.session ? text('settings.tokens.session') : token.name)
  // Sessions are distinguished by their start times.
  const called = (token: Token) =>
    token.session ? text('settings.tokens.session.of', { time: format.exact(token.issued) }) : token.name
  return (
    <RemovableTable
      rows={tokens}
      keyOf={(token) => token.id}
      nameOf={called}
      columns={[
        { title: text('settings.tokens.name'), cell: nameOf },
        { title: text('settings.tokens.created'), wide: true, cell: (token) => <Time at={token.issued} /> },
        {
          title: text('settings.tokens.expires'),
          cell: (token) => (token.expires ? <Time at={token.expires} /> : text('settings.tokens.never')),
        },
      ]}
      remove={text('settings.tokens.revoke')}
      ask={(token) => ({
        title: text('settings.tokens.revoke.ask', { name: called(token) }),
        body: text('settings.tokens.revoke.body'),
        keep: text('settings.tokens.revoke.keep'),
      })}
      onRemove={(token) => revoke.mutate(token.id)}
      error={revoke.error}
    />
  )
}
