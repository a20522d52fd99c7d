import { type Net, sh } from '../../src/index.ts'

/** The last line that a unit that is down has logged, as the end of a sentence; nothing where there is none. */
export async function lastWords(net: Net, unit: string): Promise<string> {
  try {
    const line = await net.read(sh`
      journalctl -u ${unit} -n 30 --no-pager -o cat 2>/dev/null | grep -v -e '^Started ' -e '^Stopped ' -e '^Stopping ' -e ${`^${unit}\\.service: `} -e '^$' | tail -n 1`)
    return line.trim() === '' ? '' : `; its last words: ${line.trim().slice(0, 200)}`
  } catch {
    return ''
  }
}
