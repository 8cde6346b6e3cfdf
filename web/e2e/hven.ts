// The real binary in a temporary home that the test removes: started, called, killed and started again.
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

const binary = process.env.HVEN_BIN ?? ''
const started_ms = 20_000
const ended_ms = 20_000

export class Hven {
  private server: ChildProcess | undefined

  private constructor(
    readonly home: string,
    /** The folder in which scripts run. */
    readonly folder: string,
    private readonly port: number,
  ) {}

  static async start(): Promise<Hven> {
    if (binary === '') throw new Error('HVEN_BIN names no binary: `make test` sets it')
    const place = await mkdtemp(join(tmpdir(), 'hven-pages-'))
    // The folder has only the files of the scripts: the record stores them, so that runs can be reproduced.
    const folder = join(place, 'work')
    await mkdir(folder)
    const hven = new Hven(join(place, 'home'), folder, await freePort())
    await hven.up()
    return hven
  }

  get url() {
    return `http://127.0.0.1:${this.port}`
  }

  async up() {
    const log: string[] = []
    const server = spawn(binary, ['--home', this.home, 'up', '--port', String(this.port)], {
      cwd: this.folder,
      env: this.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [server.stdout, server.stderr]) stream.on('data', (data) => log.push(String(data)))
    this.server = server
    for (const end = Date.now() + started_ms; ; await sleep(50)) {
      if (await this.answers()) return
      if (server.exitCode !== null || Date.now() > end) throw new Error(`the server does not answer:\n${log.join('')}`)
    }
  }

  private answers = () =>
    fetch(this.url).then(
      () => true,
      () => false,
    )

  /** Kills the server as a power failure would. */
  async kill() {
    const server = this.server
    if (server === undefined || server.exitCode !== null) return
    const gone = new Promise((resolve) => server.once('exit', resolve))
    server.kill('SIGKILL')
    await gone
  }

  /** Ends all started processes and removes the home. */
  async stop() {
    const handles = (await this.runs().catch(() => []))
      .filter(({ state }) => !isFinal(state))
      .map(({ handle }) => handle)
    if (handles.length > 0) await this.cli('cancel', ...handles).catch(() => undefined)
    for (const handle of handles) await this.ended(handle).catch(() => undefined)
    await this.cli('down').catch(() => undefined)
    await this.kill()
    await rm(dirname(this.folder), { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  }

  /** Runs a command of `hven` and returns its output. */
  cli = (...args: string[]) => this.cliIn(this.folder, ...args)

  async cliIn(folder: string, ...args: string[]): Promise<string> {
    const options = { cwd: folder, env: this.env, maxBuffer: 16 * 2 ** 20 }
    const command = promisify(execFile)(binary, ['--home', this.home, ...args], options)
    // The standard input is empty.
    command.child.stdin?.end()
    return (await command).stdout
  }

  private get env() {
    return { ...process.env, HVEN_HOME: this.home, NO_COLOR: '1' }
  }

  /** Starts a script without waiting for its end; returns the run's handle. */
  async run(options: string[], ...argv: string[]): Promise<string> {
    const printed = await this.cli('--json', 'run', '--detach', ...options, '--', ...argv)
    const handle = /"handle":\s*"(\w+)"/.exec(printed)?.[1]
    if (handle === undefined) throw new Error(`no handle in:\n${printed}`)
    return handle
  }

  async ended(handle: string, wait_ms = ended_ms): Promise<string> {
    for (const end = Date.now() + wait_ms; ; await sleep(100)) {
      const { state } = await this.api<{ state: string }>('GET', `/runs/${handle}`)
      if (isFinal(state)) return state
      if (Date.now() > end) throw new Error(`run ${handle} is ${state} still`)
    }
  }

  /** A link that signs in one browser, once. */
  async link(next: string): Promise<string> {
    const printed = await this.cli('--json', 'login', '--next', next)
    const url = /http:\/\/[^\s"]+\/login\/[^\s"]+/.exec(printed)?.[0]
    if (url === undefined) throw new Error(`no link in:\n${printed}`)
    return url
  }

  runs = async () => (await this.api<{ items: { handle: string; state: string }[] }>('GET', '/runs?limit=1000')).items

  async api<Answer>(method: string, path: string, body?: unknown, token?: string): Promise<Answer> {
    const secret = token ?? (await readFile(join(this.home, 'token'), 'utf8')).trim()
    const response = await fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${secret}`,
        'content-type': 'application/json',
        'idempotency-key': crypto.randomUUID(),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    })
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
    const text = await response.text()
    return (text === '' ? undefined : JSON.parse(text)) as Answer
  }
}

const isFinal = (state: string) => ['done', 'failed', 'cancelled', 'lost'].includes(state)

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      server.close(() => resolve(port))
    })
  })
}
