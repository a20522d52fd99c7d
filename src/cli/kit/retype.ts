import { quote } from '../../shell/script.ts'
import type { Option } from '../options.ts'

/** The given flags among `options`, as typed, to repeat them in a suggested command. */
export function retype(options: readonly Option[], flags: Readonly<Record<string, unknown>>): string {
  const typed = options.flatMap((option) => {
    const value = flags[option.name]
    if (value === undefined || option.command !== undefined) return []
    const name = option.short ? `-${option.short}` : `--${option.name}`
    return option.value === undefined ? [name] : [value].flat().map((each) => `${name} ${quote(String(each))}`)
  })
  return typed.map((each) => ` ${each}`).join('')
}
