// A button is shown only to users who may do the action.
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { cleanup, render, screen } from '@testing-library/react'
import { afterEach, expect, test, vi } from 'vitest'
import { keys } from '../api/keys'
import type { ClaimDetail, Me } from '../api/types'
import { VerdictPart } from '../claims/VerdictPart'
import { PublishButton } from '../publications/PublishButton'
import { RetractButton } from '../soundness/RetractButton'
import { ReproduceButton } from './ReproduceButton'

vi.mock('@tanstack/react-router', async (original) => ({
  ...(await original<typeof import('@tanstack/react-router')>()),
  useNavigate: () => () => undefined,
}))
afterEach(cleanup)

const project = 'astro/kepler'
const command = { argv: ['true'], recipe: null } as never
const law = { argv: [], recipe: { name: 'law' } } as never
const claim = { id: 'c', name: 'kepler3', project, standing: 'judged', newest_evidence: [] } as unknown as ClaimDetail

function show(...roles: Me['roles']) {
  const client = new QueryClient()
  const me: Me = { schema: 'me', id: 'x', kind: 'user', roles }
  client.setQueryData(keys.me, me)
  render(
    <QueryClientProvider client={client}>
      <RetractButton of="claim/c" called="kepler3" soundness="sound" project={project} />
      <PublishButton claim={claim} />
      <VerdictPart claim={claim} current={undefined} />
      <ReproduceButton run={{ handle: 'C0MM', project, spec: command }} />
      <ReproduceButton run={{ handle: '1AWS', project, spec: law }} />
    </QueryClientProvider>,
  )
}
const shown = () =>
  screen
    .queryAllByRole('button')
    .map((button) => `${button.textContent}${(button as HTMLButtonElement).disabled ? ', disabled' : ''}`)

test('a viewer is offered no action that changes something', () => {
  show({ role: 'viewer', project: null }, { role: 'member', project: 'astro/hubble' })
  expect(shown()).toEqual([])
})

test('a member is offered the actions of members, and sees why a command cannot run again', () => {
  show({ role: 'member', project: 'astro' })
  expect(shown()).toEqual(['Retract…', 'Publish…', 'Judge it', 'Reproduce, disabled', 'Reproduce'])
  const [disabled] = screen.getAllByRole('button', { name: 'Reproduce' })
  expect(disabled?.title).toContain('An owner of the home can allow it')
})

test('a member whose commands may run is offered all actions', () => {
  show({ role: 'member', project: 'astro', may_run_as_server: true })
  expect(shown()).toEqual(['Retract…', 'Publish…', 'Judge it', 'Reproduce', 'Reproduce'])
})
