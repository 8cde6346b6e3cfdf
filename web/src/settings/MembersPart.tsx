// Members: the roles of users in the whole home or in one project.
import { useState } from 'react'
import { useAddMember, useMembers, useMembersOf, useRemoveMember, useSetRole } from '../api/access'
import { owns, seesHome } from '../api/permissions'
import { useMe, useProjects } from '../api/server'
import type { Me, Member } from '../api/types'
import { useText } from '../messages/catalogue'
import { Answer } from '../parts/Answer'
import { Button } from '../parts/Button'
import inputStyle from '../parts/Input.module.css'
import { Empty, Problem } from '../parts/Notice'
import { RemovableTable } from './RemovableTable'
import style from './SettingsPage.module.css'

const roles = ['viewer', 'member', 'owner'] as const

/** A viewer runs nothing, and an owner of the home may always run commands. */
const canBeAllowed = (role: string, project: string | null | undefined) =>
  role !== 'viewer' && !(role === 'owner' && project == null)

/** Whether this role alone allows commands. */
const allowsCommands = ({ role, project, may_run_as_server }: Member) =>
  (role === 'owner' && project == null) || (may_run_as_server === true && canBeAllowed(role, project))

/** The wider scopes whose roles also hold in a project, nearest first, if the reader may see their members. */
function placesAbove(project: string | undefined, me: Me | undefined): (string | undefined)[] {
  if (project === undefined) return []
  const parts = project.split('/')
  const above = [...parts.slice(1).map((_, at) => parts.slice(0, parts.length - 1 - at).join('/')), undefined]
  return above.filter((place) =>
    me?.roles.some(
      (grant) => grant.project == null || place === grant.project || place?.startsWith(`${grant.project}/`),
    ),
  )
}

const nameOf = (member: Member) => member.user.name ?? member.user.id.slice(0, 8)

/** The scope that is shown first: the whole home, or the first project for readers who see only a part of it. */
const firstPlace = (me: Me | undefined): string | undefined =>
  seesHome(me) ? undefined : me?.roles.flatMap(({ project }) => project ?? []).sort()[0]

export function MembersPart() {
  const text = useText()
  const [picked, setPicked] = useState<string>()
  const me = useMe().data
  const project = picked ?? firstPlace(me)
  const members = useMembers(project, me !== undefined)
  const above = useMembersOf(placesAbove(project, me))
  // An owner of the scope grants roles; other users see only the list.
  const mayGrant = owns(me, project)
  // Only an owner of the whole home allows commands that run as the Unix user of the server.
  const mayAllow = owns(me)
  return (
    <section className={style.part} aria-label={text('settings.members')}>
      <h2>{text('settings.members')}</h2>
      <p className={style.body}>{text('settings.members.body')}</p>
      <ScopeSelect project={project} onChange={setPicked} />
      <Answer asked={members}>
        {(seats) =>
          seats.length === 0 ? (
            <Empty>{text('settings.members.none')}</Empty>
          ) : (
            <MemberTable members={seats} above={above} mayGrant={mayGrant} mayAllow={mayAllow} myId={me?.id} />
          )
        }
      </Answer>
      {mayAllow && <p className={style.body}>{text('settings.members.mayRun.body')}</p>}
      {mayGrant &&
        (seesHome(me) ? (
          <AddMemberForm project={project} mayAllow={mayAllow} />
        ) : (
          <p className={style.body}>{text('settings.members.add.elsewhere')}</p>
        ))}
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
  const me = useMe().data
  // A role may hold in a scope that is not a project itself, but above projects.
  const places = new Set([
    ...projects.map(({ path }) => path),
    ...(me?.roles ?? []).flatMap((grant) => grant.project ?? []),
  ])
  return (
    <div className={style.form}>
      <label className={inputStyle.field}>
        <span>{text('settings.members.where')}</span>
        <select
          className={inputStyle.select}
          value={project ?? ''}
          onChange={(event) => onChange(event.target.value || undefined)}
        >
          {seesHome(me) && <option value="">{text('settings.members.whole')}</option>}
          {[...places].sort().map((path) => (
            <option key={path} value={path}>
              {path}
            </option>
          ))}
        </select>
      </label>
    </div>
  )
}

interface AddMemberFormProps {
  project: string | undefined
  mayAllow: boolean
}

function AddMemberForm({ project, mayAllow }: AddMemberFormProps) {
  const text = useText()
  const empty = { name: '', email: '', role: 'member', mayRun: false }
  const [draft, setDraft] = useState(empty)
  const add = useAddMember()
  const isOffered = mayAllow && canBeAllowed(draft.role, project)
  const set = (change: Partial<typeof empty>) => setDraft({ ...draft, ...change })
  return (
    <form
      className={style.form}
      onSubmit={(event) => {
        event.preventDefault()
        const { name, email, role, mayRun } = draft
        const may_run_as_server = isOffered ? mayRun : undefined
        add.mutate(
          { name: name.trim(), email: email.trim() || undefined, project, role, may_run_as_server },
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
      {mayAllow && (
        <label className={inputStyle.field}>
          <span>{text('settings.members.email')}</span>
          <input
            className={inputStyle.input}
            type="email"
            value={draft.email}
            onChange={(event) => set({ email: event.target.value })}
          />
        </label>
      )}
      <label className={inputStyle.field}>
        <span>{text('settings.members.role')}</span>
        <RoleSelect value={draft.role} onChange={(role) => set({ role })} />
      </label>
      {isOffered && (
        <label className={style.tick}>
          <input type="checkbox" checked={draft.mayRun} onChange={(event) => set({ mayRun: event.target.checked })} />
          <span>{text('settings.members.mayRun')}</span>
        </label>
      )}
      <Button type="submit" kind="primary" disabled={draft.name.trim() === '' || add.isPending}>
        {text('settings.members.add')}
      </Button>
      {!mayAllow && <span className={style.quiet}>{text('settings.members.add.known')}</span>}
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
  /** The members of wider scopes, nearest first. */
  above: Member[]
  mayGrant: boolean
  mayAllow: boolean
  myId: string | undefined
}

function MemberTable({ members, above, mayGrant, mayAllow, myId }: MemberTableProps) {
  const text = useText()
  const setRole = useSetRole()
  const remove = useRemoveMember()
  const seat = (member: Member) => ({ user: member.user.id, project: member.project ?? undefined })
  return (
    <RemovableTable
      rows={members}
      keyOf={(member) => `${member.user.id} ${member.project ?? ''}`}
      nameOf={nameOf}
      columns={[
        {
          title: text('settings.members.user'),
          cell: (member) => (
            <span title={member.user.email ?? undefined}>
              {nameOf(member)}{' '}
              {member.user.id === myId && <span className={style.quiet}>({text('settings.members.you')})</span>}
            </span>
          ),
        },
        {
          title: text('settings.members.role'),
          cell: (member) => (
            <RoleSelect
              value={member.role}
              label={text('settings.members.roleOf', { name: nameOf(member) })}
              disabled={!mayGrant || setRole.isPending}
              onChange={(role) => setRole.mutate({ ...seat(member), role })}
            />
          ),
        },
        {
          title: text('settings.members.mayRun'),
          cell: (member) => {
            const { role, project, may_run_as_server = false } = member
            if (role === 'owner' && project == null) return text('settings.members.mayRun.owner')
            const wider = above.find((other) => other.user.id === member.user.id && allowsCommands(other))
            const allowedAbove =
              wider &&
              (wider.project == null
                ? text('settings.members.mayRun.aboveHome')
                : text('settings.members.mayRun.above', { where: wider.project }))
            if (!mayAllow || !canBeAllowed(role, project)) {
              if (allowsCommands(member)) return text('settings.members.mayRun.yes')
              return allowedAbove ?? text('settings.members.mayRun.no')
            }
            return (
              <span className={style.tick}>
                <input
                  type="checkbox"
                  className={style.box}
                  checked={may_run_as_server}
                  aria-label={text('settings.members.mayRunOf', { name: nameOf(member) })}
                  disabled={setRole.isPending}
                  onChange={(event) =>
                    setRole.mutate({ ...seat(member), role, may_run_as_server: event.target.checked })
                  }
                />
                {allowedAbove && <span className={style.quiet}>{allowedAbove}</span>}
              </span>
            )
          },
        },
      ]}
      remove={mayGrant ? text('settings.members.remove') : undefined}
      ask={(member) => ({
        title: text('settings.members.remove.ask', {
          name: nameOf(member),
          where: member.project ?? text('settings.members.whole'),
        }),
        body: text('settings.members.remove.body'),
        keep: text('settings.members.remove.keep'),
      })}
      onRemove={(member) => remove.mutate(seat(member))}
      error={setRole.error ?? remove.error}
    />
  )
}
