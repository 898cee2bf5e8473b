// Control characters but for the end of a line, and marks of direction: a terminal would obey them, and much of what is
// shown here was written by strangers.
const OBEYED = /[^\n\P{Cc}]|[\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029]/gu

/** The text as a terminal may have it. */
export const printable = (text: string): string => text.replace(OBEYED, '\uFFFD')
