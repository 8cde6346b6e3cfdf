/** The server accepts 120 bytes; a Chinese character has three. */
export const nameCharacters_max = 40
