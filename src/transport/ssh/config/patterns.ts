/** Whether a pattern of ssh_config, with `*` and `?`, matches a text. */
function matchesPattern(text: string, pattern: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\/]/g, '\\$&')
    .replaceAll(/\*+/g, '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${source}$`, 's').test(text)
}

/** The patterns of a `Host` line: one that is negated and fits forbids all others. */
export function matchesHostLine(host: string, patterns: readonly string[]): boolean {
  let matches = false
  for (const pattern of patterns) {
    if (!pattern.startsWith('!')) matches ||= matchesPattern(host, pattern)
    else if (matchesPattern(host, pattern.slice(1))) return false
  }
  return matches
}

/** The patterns of a criterion of `Match`, with commas between them. */
export const matchesList = (text: string, list: string): boolean => matchesHostLine(text, list.split(','))
