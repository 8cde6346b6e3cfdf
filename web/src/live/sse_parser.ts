// Reads server-sent events from text that arrives in pieces. EventSource is not used: a resumed stream must send its
// position (Last-Event-ID) also after the server refused for a while, and EventSource loses it then.

export interface ServerEvent {
  id: string | undefined
  event: string
  data: string
}

export class SseParser {
  private rest = ''
  private id: string | undefined
  private event = ''
  private data: string[] = []

  push(text: string): ServerEvent[] {
    const lines = (this.rest + text).split(/\r\n|\n|\r(?!$)/)
    this.rest = lines.pop() ?? ''
    const complete: ServerEvent[] = []
    for (const line of lines) {
      if (line === '') {
        if (this.data.length > 0)
          complete.push({ id: this.id, event: this.event || 'message', data: this.data.join('\n') })
        this.event = ''
        this.data = []
      } else if (!line.startsWith(':')) {
        this.take(line)
      }
    }
    return complete
  }

  private take(line: string) {
    const colon = line.indexOf(':')
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (field === 'data') this.data.push(value)
    else if (field === 'event') this.event = value
    else if (field === 'id' && !value.includes('\0')) this.id = value
  }
}
