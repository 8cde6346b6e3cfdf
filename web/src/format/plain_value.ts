/** A recorded value as plain text: a text as it is, anything else as JSON. */
export const plainValue = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))
