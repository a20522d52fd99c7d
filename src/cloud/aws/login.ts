import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

type Env = Readonly<Record<string, string | undefined>>
type Settings = ReadonlyMap<string, string>

/** The settings of a profile in a file of the AWS command line; undefined if the file lacks it. */
function sectionOf(path: string, profile: string): Settings | undefined {
  let text = ''
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
  const found = new Map<string, string>()
  let isThere = false
  let within = false
  for (const line of text.split('\n')) {
    const [, section] = /^\s*\[\s*(?:profile\s+)?["']?([^\]"']+?)["']?\s*\]/.exec(line) ?? []
    if (section !== undefined) within = section === profile
    isThere ||= within
    const [, key, value] = /^([a-z_]+)\s*=\s*(.*?)\s*$/.exec(line) ?? []
    if (within && key !== undefined && value !== undefined) found.set(key, value)
  }
  return isThere ? found : undefined
}

/** Why a profile gives no credentials, as far as the files of the AWS command line tell; the SDK does not. */
export function whyNoLogin(named: string | undefined, env: Env): string | undefined {
  const profile = named ?? env.AWS_PROFILE
  const folder = join(env.HOME || homedir(), '.aws')
  const files = [
    env.AWS_CONFIG_FILE || join(folder, 'config'),
    env.AWS_SHARED_CREDENTIALS_FILE || join(folder, 'credentials'),
  ]
  const sections = files.map((file) => sectionOf(file, profile ?? 'default'))
  if (profile !== undefined && sections.every((each) => each === undefined))
    return `there is no AWS profile ${profile} in ${files.join(' or ')}: name another, in "profile" of the inventory or AWS_PROFILE`
  return sections.some((each) => each?.has('credential_process'))
    ? `the credential_process of the AWS profile ${profile ?? 'default'} gave no valid credentials: run its command by hand`
    : undefined
}
