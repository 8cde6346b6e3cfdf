/** A recorded value as plain text: a string unchanged, any other value as JSON. */
export const plainValue = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))
