// Every element shows text of other people safely and keeps data exact.
import { Dialog } from '@base-ui/react/dialog'
import { cleanup, fireEvent, render, screen } from '@testing-library/react'
import { afterEach, expect, test, vi } from 'vitest'
import { Command, Copyable } from '../parts/Copyable'
import { jsx, jsxs } from './jsx-runtime'

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

const evil = 'run\u202e gnp.\u200b'
const seen = 'run\\u{202e} gnp.\\u{200b}'

test('texts, lists of texts and tooltips are safe', () => {
  const { container } = render(
    <section title={evil} aria-label={evil}>
      {evil}, {['a', evil]} <b>{evil}</b>
      {[<i key="i">{evil}</i>, evil]}
      <img src="/x" alt={evil} />
    </section>,
  )
  expect(container.textContent).toBe(`${seen}, a${seen} ${seen}${seen}${seen}`)
  expect(container.innerHTML).not.toMatch(/[\u202e\u200b]/)
})

test('the compiled code of a build does the same', () => {
  const { container } = render(jsxs('p', { children: [evil, jsx('b', { title: evil, children: evil }, 'b')] }))
  expect(container.innerHTML).toBe(`<p>${seen}<b title="${seen}">${seen}</b></p>`)
})

test('elements of libraries get safe texts too', () => {
  render(
    <Dialog.Root open>
      <Dialog.Portal>
        <Dialog.Popup>
          <Dialog.Title>{evil}</Dialog.Title>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>,
  )
  expect(screen.getByText(seen)).toBeDefined()
})

test('values and addresses stay unchanged', () => {
  const { container } = render(
    <>
      <input defaultValue={evil} />
      <a href={`/${evil}`}>x</a>
      <select defaultValue={evil}>
        <option value={evil}>{evil}</option>
      </select>
    </>,
  )
  expect(container.querySelector('input')?.value).toBe(evil)
  expect(container.querySelector('a')?.getAttribute('href')).toBe(`/${evil}`)
  expect(container.querySelector('option')?.value).toBe(evil)
  expect(container.querySelector('option')?.textContent).toBe(seen)
})

test.each([
  ['a value', <Copyable key="1" value={evil} />],
  ['a command', <Command key="2" value={evil} />],
])('%s is shown safely and copied as it is', (_name, part) => {
  const writeText = vi.fn(() => Promise.resolve())
  vi.stubGlobal('navigator', { clipboard: { writeText } })
  const { container } = render(part)
  expect(container.textContent).toContain(seen)
  fireEvent.click(screen.getByRole('button'))
  expect(writeText).toHaveBeenCalledWith(evil)
})
