// Texts of a run's page that are not measurements of the run: additions, messages set aside, notes on code and inputs.
import { cleanup, render, screen, within } from '@testing-library/react'
import { afterEach, expect, test } from 'vitest'
import type { AddedLater, CaptureNote, RunDetail, SetAside } from '../api/types'
import { setLanguage } from '../messages/language'
import { AddedLaterPart } from './AddedLaterPart'
import { CaptureNotes } from './CaptureNotes'
import { SetAsidePart } from './SetAsidePart'

afterEach(() => {
  cleanup()
  setLanguage('en')
})

const run = (more: Partial<RunDetail>) => more as RunDetail
const sophie = { kind: 'user', id: '01', name: 'Sophie' }

test('a run without additions, messages and notes shows none', () => {
  const { container } = render(
    <>
      <AddedLaterPart run={run({})} />
      <SetAsidePart run={run({ set_aside: [] })} />
      <CaptureNotes run={run({ capture_notes: [] })} />
    </>,
  )
  expect(container.textContent).toBe('')
})

test('additions are shown with user and time', () => {
  const added = '2026-01-01T00:00:00Z'
  const added_later: AddedLater[] = [
    { seq: 8, kind: 'metric', name: 'acc', value: 0.5, step: 3, points: 2, by: sophie, added },
    { seq: 9, kind: 'parameter', name: 'note', value: { a: 1 }, by: { kind: 'user', id: '02' }, added },
  ]
  const { container } = render(<AddedLaterPart run={run({ added_later, added_later_total: 2 })} />)
  expect(container.textContent).toContain('2 values were added after the end: they are not measurements of the run')
  const [acc, note] = screen.getAllByRole('row', { hidden: true }).slice(1)
  for (const cell of ['acc', 'metric', '0.5', '3', '2', 'Sophie'])
    expect(within(acc as HTMLElement).getByText(cell)).toBeDefined()
  expect(acc?.querySelector('time')?.getAttribute('datetime')).toBe(added)
  for (const cell of ['note', 'parameter', '{"a":1}', 'user'])
    expect(within(note as HTMLElement).getByText(cell)).toBeDefined()
})

test('user and time of an added value follow its name, and a parameter has no last value', () => {
  const added = '2026-01-01T00:00:00Z'
  const metric: AddedLater = { seq: 8, kind: 'metric', name: 'acc', value: 0.5, by: sophie, added }
  const parameter: AddedLater = { ...metric, seq: 9, kind: 'parameter' }
  const heads = (...added_later: AddedLater[]) => {
    const { container, unmount } = render(<AddedLaterPart run={run({ added_later })} />)
    const said = [...container.querySelectorAll('thead th')].map((head) => head.textContent)
    unmount()
    return said
  }
  expect(heads(metric)).toEqual(['Name', 'Added by', 'Added', 'Kind', 'Last value', 'Step', 'Points'])
  expect(heads(metric, parameter)[4]).toBe('Value')
})

test('messages set aside are listed with the reason, and counted where one line stands for many', () => {
  const aside: SetAside = {
    attempt: 1,
    time: '2026-01-01T00:00:00Z',
    what: 'line 3 of $HVEN_METRICS',
    why: 'it is no JSON',
    bytes: 4,
    digest: 'ab',
    excerpt: 'loss',
    count: 1,
  }
  const others = { ...aside, what: 'further lines', why: 'the first 20 are named', digest: '', excerpt: '', count: 30 }
  const { container } = render(<SetAsidePart run={run({ set_aside: [aside, others], set_aside_total: 31 })} />)
  expect(container.querySelector('summary')?.textContent).toBe('31 messages could not be recorded and were set aside')
  const lines = [...container.querySelectorAll('li')].map((line) => line.textContent)
  expect(lines).toEqual([
    'line 3 of $HVEN_METRICS: it is no JSON',
    'further lines: the first 20 are named (30 messages)',
  ])
})

const notes: CaptureNote[] = [
  { kind: 'link_outside', path: 'data', target: '/mnt/data' },
  { kind: 'link', path: 'src/a', target: 'b' },
  { kind: 'key_file', path: '.env', digest: 'ab' },
  { kind: 'key_input', path: 'data/.env' },
  { kind: 'special', path: 'x.sock', what: 'a socket' },
  { kind: 'not_captured', path: 'pkg', why: 'it has more than 2000 files' },
  { kind: 'not_seen', path: '/opt/lib', why: 'it has more than 5000 files' },
  { kind: 'by_change', path: '/opt/large' },
  { kind: 'input_changed', path: 'a.csv' },
  { kind: 'input_changed_while_it_ran', path: 'a.csv' },
  { kind: 'code_changed', path: 'fit.py' },
  { kind: 'code_written_again', path: 'fit.py' },
  { kind: 'input_touched_while_it_ran', path: 'a.csv' },
  { kind: 'code_changed_before_it_ended', path: 'fit.py' },
  { kind: 'code_written_before_it_ended', path: 'fit.py' },
  { kind: 'output_not_written', path: 'o.txt' },
  { kind: 'more_not_written', path: 'out/7.txt', files: 12 },
  { kind: 'output_shared', path: 'o.txt', handle: '7Q2M' },
  { kind: 'more_shared', path: 'o.txt', runs: 3 },
  { kind: 'more_changed', path: 'b.csv', files: 12 },
  { kind: 'not_compared', path: 'its code', why: 'the list of its files is not there' },
]

const sentences = {
  en: [
    'data is a link to /mnt/data, outside its folder: the target is not recorded, so the run does not reuse earlier results.',
    'src/a is a link to b, within the code; git does not know it.',
    '.env looks like a file with keys or passwords: it is left out of the recorded code.',
    'data/.env looks like a file with keys or passwords: it is an input, so its bytes are in the store; no publication contains them.',
    'x.sock is a socket: it is left out of the recorded code.',
    'pkg is code that was not captured: it has more than 2000 files; the run does not reuse earlier results.',
    'Programs may read from /opt/lib, and it has more than 5000 files: the run does not reuse earlier results.',
    '/opt/large has more content than Hven reads: its files count by size and modification time.',
    'Its input a.csv changed before it started: the recorded bytes are not the bytes at its start, so its outputs are not reused.',
    'Its input a.csv changed while it ran: it is not known which bytes it read, so its outputs are not reused.',
    'Its code fit.py changed before it started: the recorded code is not the code at its start, so its outputs are not reused.',
    'Its code fit.py was written again before it started: whether its bytes changed is not known, so its outputs are not reused.',
    'Its input a.csv was written or touched while it ran: it has the recorded bytes now, but it is not known which bytes it read. So its outputs are not reused.',
    'Its code fit.py changed before the run ended: it is not known which code it ran. So its outputs are not reused.',
    'Its code fit.py was written again before the run ended: it is not known which code it ran. So its outputs are not reused.',
    'Its output o.txt existed before, and the run did not write it. So its outputs are not reused.',
    'More of its outputs existed before, and the run did not write them (12), such as out/7.txt.',
    'Run 7Q2M ran at the same time and also has the output o.txt: it is not known which of them made it. So its outputs are not reused.',
    'More runs ran at the same time and have the same outputs (3), such as o.txt.',
    'More of its files changed, or could not be compared (12), such as b.csv.',
    'Whether its code changed is not known: the list of its files is not there. So its outputs are not reused.',
  ],
  zh: [
    'data 是指向其文件夹之外 /mnt/data 的链接：所指内容未被记录，因此此运行不会由缓存应答。',
    'src/a 是代码内指向 b 的链接；git 未跟踪它。',
    '.env 看起来是密钥或密码文件：未包含在所记录的代码中。',
    'data/.env 看起来是密钥或密码文件：它是输入，因此其内容保存在存储中；任何发布都不包含它。',
    'x.sock（a socket）未包含在所记录的代码中。',
    'pkg 是未捕获的代码：it has more than 2000 files；因此此运行不会由缓存应答。',
    '程序可能读取 /opt/lib，而 it has more than 5000 files：因此此运行不会由缓存应答。',
    '/opt/large 的内容过多，未全部读取：其中的文件按大小与修改时间计入。',
    '其输入 a.csv 在启动前发生了变化：所记录的内容不是它启动时的内容，因此其输出不会再被采用。',
    '其输入 a.csv 在运行期间发生了变化：无法确定它读取的是哪些内容，因此其输出不会再被采用。',
    '其代码 fit.py 在启动前发生了变化：所记录的代码不是它启动时的代码，因此其输出不会再被采用。',
    '其代码 fit.py 在启动前被重新写入：内容是否变化无法确定，因此其输出不会再被采用。',
    '其输入 a.csv 在运行期间被写入或触及：现在的内容与所记录的相同，但无法确定它读取的是哪些内容。因此其输出不会再被采用。',
    '其代码 fit.py 在运行结束前发生了变化：无法确定它运行的是哪些代码。因此其输出不会再被采用。',
    '其代码 fit.py 在运行结束前被重新写入：无法确定它运行的是哪些代码。因此其输出不会再被采用。',
    '其输出 o.txt 在启动前就已存在，且未被写入。因此其输出不会再被采用。',
    '还有 12 个输出文件在启动前就已存在，且未被写入，例如 out/7.txt。',
    '运行 7Q2M 同时在运行，其输出也包括 o.txt：无法确定它由哪一个运行产生。因此其输出不会再被采用。',
    '还有 3 个同时运行的运行，其输出与此运行的输出相同，例如 o.txt。',
    '还有 12 个文件发生了变化，或无法比较，例如 b.csv。',
    'its code 是否发生变化无法确定：the list of its files is not there。因此其输出不会再被采用。',
  ],
}

test.each(['en', 'zh'] as const)('every kind of note has its sentence in %s', (language) => {
  setLanguage(language)
  const { container } = render(<CaptureNotes run={run({ capture_notes: notes })} />)
  expect([...container.querySelectorAll('li')].map((line) => line.textContent)).toEqual(sentences[language])
})

test('an unknown kind of note is shown with its path', () => {
  const odd = [{ kind: 'odd', path: 'a' }] as unknown as CaptureNote[]
  const { container } = render(<CaptureNotes run={run({ capture_notes: odd })} />)
  expect(container.querySelector('li')?.textContent).toBe('odd: a')
})
