/** A moment as Marathon writes it: milliseconds, Z. */
export const iso = (ms: number): string => new Date(ms).toISOString()

export const ms = (text: string): number => Date.parse(text)

export const seconds = (n: number): number => n * 1000
