// Members: who may do what, in the whole home or in one project.
import { useState } from 'react'
import { useAddMember, useMembers, useRemoveMember, useSetRole } from '../api/access'
import { useMe, useProjects } from '../api/server'
import type { Member } from '../api/types'
import { useText } from '../messages/catalogue'
import { AskDialog } from '../parts/AskDialog'
import { Button } from '../parts/Button'
import inputStyle from '../parts/Input.module.css'
import { Empty, Placeholder, Problem } from '../parts/Notice'
import tableStyle from '../parts/Table.module.css'
import style from './SettingsPage.module.css'

const roles = ['viewer', 'member', 'owner'] as const

const nameOf = (member: Member) => member.user.name ?? member.user.id.slice(0, 8)

export function MembersPart() {
  const text = useText()
  const [project, setProject] = useState<string>()
  const { data, error, refetch } = useMembers(project)
  const me = useMe().data
  // Roles are granted by an owner; who is none sees the list alone.
  const mayGrant = me?.roles.some((grant) => grant.role === 'owner') ?? false
  return (
    <section className={style.part} aria-label={text('settings.members')}>
      <h2>{text('settings.members')}</h2>
      <p className={style.body}>{text('settings.members.body')}</p>
      <ScopeSelect project={project} onChange={setProject} />
      {error && !data ? (
        <Problem error={error} onRetry={refetch} />
      ) : data === undefined ? (
        <Placeholder lines={3} />
      ) : data.length === 0 ? (
        <Empty>{text('settings.members.none')}</Empty>
      ) : (
        <MemberTable members={data} mayGrant={mayGrant} myId={me?.id} />
      )}
      {mayGrant && <AddMemberForm project={project} />}
    </section>
  )
}

interface ScopeSelectProps {
  project: string | undefined
  onChange: (project: string | undefined) => void
}

function ScopeSelect({ project, onChange }: ScopeSelectProps) {
  const text = useText()
  const projects = useProjects().data ?? []
  return (
    <div className={style.form}>
      <label className={inputStyle.field}>
        <span>{text('settings.members.where')}</span>
        <select
          className={inputStyle.select}
          value={project ?? ''}
          onChange={(event) => onChange(event.target.value || undefined)}
        >
          <option value="">{text('settings.members.whole')}</option>
          {projects.map(({ path }) => (
            <option key={path} value={path}>
              {path}
            </option>
          ))}
        </select>
      </label>
    </div>
  )
}

function AddMemberForm({ project }: { project: string | undefined }) {
  const text = useText()
  const empty = { name: '', email: '', role: 'member' }
  const [draft, setDraft] = useState(empty)
  const add = useAddMember()
  const set = (change: Partial<typeof empty>) => setDraft({ ...draft, ...change })
  return (
    <form
      className={style.form}
      onSubmit={(event) => {
        event.preventDefault()
        const { name, email, role } = draft
        add.mutate(
          { name: name.trim(), email: email.trim() || undefined, project, role },
          { onSuccess: () => setDraft(empty) },
        )
      }}
    >
      <label className={inputStyle.field}>
        <span>{text('settings.members.addUser')}</span>
        <input
          className={inputStyle.input}
          required
          maxLength={100}
          value={draft.name}
          onChange={(event) => set({ name: event.target.value })}
        />
      </label>
      <label className={inputStyle.field}>
        <span>{text('settings.members.email')}</span>
        <input
          className={inputStyle.input}
          type="email"
          value={draft.email}
          onChange={(event) => set({ email: event.target.value })}
        />
      </label>
      <label className={inputStyle.field}>
        <span>{text('settings.members.role')}</span>
        <RoleSelect value={draft.role} onChange={(role) => set({ role })} />
      </label>
      <Button type="submit" kind="primary" disabled={draft.name.trim() === '' || add.isPending}>
        {text('settings.members.add')}
      </Button>
      {add.error && <Problem error={add.error} />}
    </form>
  )
}

interface RoleSelectProps {
  value: string
  label?: string
  disabled?: boolean
  onChange: (role: string) => void
}

function RoleSelect({ value, label, disabled, onChange }: RoleSelectProps) {
  const text = useText()
  return (
    <select
      className={inputStyle.select}
      value={value}
      aria-label={label}
      disabled={disabled}
      onChange={(event) => onChange(event.target.value)}
    >
      {roles.map((role) => (
        <option key={role} value={role}>
          {text(`role.${role}`)}
        </option>
      ))}
    </select>
  )
}

interface MemberTableProps {
  members: Member[]
  mayGrant: boolean
  myId: string | undefined
}

function MemberTable({ members, mayGrant, myId }: MemberTableProps) {
  const text = useText()
  const [asking, setAsking] = useState<Member>()
  const setRole = useSetRole()
  const remove = useRemoveMember()
  const where = (member: Member) => member.project ?? text('settings.members.whole')
  const seat = (member: Member) => ({ user: member.user.id, project: member.project ?? undefined })
  return (
    <>
      <div className={tableStyle.scroller}>
        <table className={tableStyle.table}>
          <thead>
            <tr>
              <th scope="col">{text('settings.members.user')}</th>
              <th scope="col">{text('settings.members.role')}</th>
              <th scope="col" className={tableStyle.tools}>
                <span className="visually-hidden">{text('settings.members.remove')}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {members.map((member) => (
              <tr key={`${member.user.id} ${member.project ?? ''}`}>
                <th scope="row" title={member.user.email ?? undefined}>
                  {nameOf(member)}{' '}
                  {member.user.id === myId && <span className={style.quiet}>({text('settings.members.you')})</span>}
                </th>
                <td>
                  <RoleSelect
                    value={member.role}
                    label={text('settings.members.roleOf', { name: nameOf(member) })}
                    disabled={!mayGrant || setRole.isPending}
                    onChange={(role) => setRole.mutate({ ...seat(member), role })}
                  />
                </td>
                <td className={tableStyle.tools}>
                  {mayGrant && (
                    <Button
                      kind="danger"
                      aria-label={`${text('settings.members.remove')} ${nameOf(member)}`}
                      onClick={() => setAsking(member)}
                    >
                      {text('settings.members.remove')}
                    </Button>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {(setRole.error || remove.error) && <Problem error={setRole.error ?? remove.error} />}
      <AskDialog
        open={asking !== undefined}
        onOpenChange={(open) => !open && setAsking(undefined)}
        title={asking ? text('settings.members.remove.ask', { name: nameOf(asking), where: where(asking) }) : ''}
        body={text('settings.members.remove.body')}
        keep={text('settings.members.remove.keep')}
        act={text('settings.members.remove')}
        onAct={() => asking && remove.mutate(seat(asking))}
      />
    </>
  )
}
