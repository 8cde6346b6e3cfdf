// An HTML page of a run for a frame without rights. The frame runs no script, has no origin and sends no request: the
// policy in front of the page also refuses pictures, fonts and styles of other places.

const policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:"

/** The document of the frame. The policy comes first: it applies to all that follows it. */
export const pageDocument = (html: string): string =>
  `<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}">${html}`
