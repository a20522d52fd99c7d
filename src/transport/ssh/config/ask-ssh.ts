import { execFile } from 'node:child_process'
import { account } from '../../../lib/kept/home.ts'
import { whyNotStarted } from '../../../lib/message.ts'
import { FOLLOWED, type Settings } from './evaluate.ts'

/** What to ask ssh for. */
export interface SshQuestion {
  readonly name: string
  readonly user: string | undefined
  readonly port: number | undefined
  /** The file to read instead of the user's and the system's. */
  readonly file: string | undefined
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Milliseconds that ssh may take: it runs the commands of `Match exec`. */
const LIMIT = 30_000
const MAX_BUFFER = 1024 * 1024

/** Can the name be passed to ssh? It would interpret others as something else. */
export const isAskable = (name: string): boolean => /^[\w[\]:.%][\w[\]:.%-]*$/.test(name)

const run = ({ name, user, port, file, env }: SshQuestion): Promise<string | undefined> =>
  new Promise((resolve, reject) => {
    const given = [...(file === undefined ? [] : ['-F', file]), ...(user === undefined ? [] : ['-l', user])]
    const args = ['-G', ...given, ...(port === undefined ? [] : ['-p', String(port)]), '--', name]
    const child = execFile('ssh', args, { env, timeout: LIMIT, maxBuffer: MAX_BUFFER }, (error, stdout, stderr) => {
      if (!error) resolve(stdout)
      else if (error.code === 'ENOENT' || error.code === 'EACCES') resolve(undefined)
      else reject(new Error(stderr.trim() || whyNotStarted(error)))
    })
    child.stdin?.end()
  })

const home = account().home
/** What ssh prints for settings that no file sets. */
const DEFAULTS: Readonly<Record<string, readonly string[]>> = {
  addressfamily: ['any'],
  canonicalizehostname: ['false', 'true', 'always'], // ssh has applied it already
  connecttimeout: ['none'],
  globalknownhostsfile: ['/etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2'],
  proxyusefdpass: ['no'],
  securitykeyprovider: ['internal', '$SSH_SK_PROVIDER'],
  stricthostkeychecking: ['ask'],
  userknownhostsfile: [`${home}/.ssh/known_hosts ${home}/.ssh/known_hosts2`, '~/.ssh/known_hosts ~/.ssh/known_hosts2'],
}
const WORDS: readonly string[] = ['userknownhostsfile', 'globalknownhostsfile']
const DEFAULT_KEY = /^~\/\.ssh\/id_\w+$/

/** Parses the output of `ssh -G`, without the values that only repeat ssh's defaults. */
export function parseAnswer(text: string): Settings {
  const settings: Settings = new Map()
  for (const line of text.split('\n')) {
    const at = line.indexOf(' ')
    const keyword = FOLLOWED.find((each) => each === line.slice(0, at).toLowerCase())
    const value = line.slice(at + 1)
    if (keyword === undefined || DEFAULTS[keyword]?.includes(value)) continue
    settings.set(keyword, [...(settings.get(keyword) ?? []), ...(WORDS.includes(keyword) ? value.split(' ') : [value])])
  }
  const keys = settings.get('identityfile') ?? []
  // Nobody writes down all of the default keys, so this is ssh's own list.
  if (keys.length > 3 && keys.every((key) => DEFAULT_KEY.test(key))) settings.delete('identityfile')
  return settings
}

/** The settings that `ssh -G` prints; `undefined` if ssh is not installed. @throws Error with its complaint */
export async function askSsh(question: SshQuestion): Promise<Settings | undefined> {
  const answer = await run(question)
  if (answer === undefined) return undefined
  const settings = parseAnswer(answer)
  const plain = [
    ['hostname', question.name.toLowerCase()],
    ['port', '22'],
    ['user', account().username],
  ] as const
  for (const [keyword, value] of plain) if (settings.get(keyword)?.[0] === value) settings.delete(keyword)
  return settings
}
