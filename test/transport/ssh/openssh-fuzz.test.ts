import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseAnswer } from '../../../src/transport/ssh/config/ask-ssh.ts'
import { type ConfigEntry, entryOf } from '../../../src/transport/ssh/config/entry.ts'
import { readSshConfig } from '../../../src/transport/ssh/config/index.ts'
import { matchesHost, parseKnownHosts } from '../../../src/transport/ssh/known-hosts.ts'
import { seed } from '../../support/random.ts'
import { KNOWN_NAMES, knownHostsFile, NAMES, picker, sshConfigFiles } from '../../support/ssh-fuzz.ts'

// Our own reading of ssh_config and known_hosts against OpenSSH's, on files made at random. FUZZ_FILES says how many.
const FILES = Number(process.env.FUZZ_FILES ?? 40)
const SEED = seed()
const test = suite('transport/ssh/openssh-fuzz')
const dir = mkdtempSync(join(tmpdir(), 'provision-fuzz-'))
test.after(() => rmSync(dir, { recursive: true }))
const present = spawnSync('ssh', ['-V']).error === undefined
if (!present) console.log('not run here: comparing with OpenSSH: there is no ssh')

const env = { PATH: process.env.PATH, HOME: '/proc/nowhere', KEYS: '/keys' }
const run = (command: string, args: readonly string[]): Promise<{ code: number | null; out: string }> =>
  new Promise((resolve) => {
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'ignore'] })
    let out = ''
    child.stdout.on('data', (chunk) => (out += chunk))
    child.on('close', (code) => resolve({ code, out }))
  })

/** What both say where nothing was said is the same. */
const plain = (name: string, entry: ConfigEntry): ConfigEntry => ({
  ...entry,
  hostName: (entry.hostName ?? name).toLowerCase(),
  user: entry.user ?? userInfo().username,
  port: entry.port ?? 22,
  ...(entry.hostKeyAlias === undefined ? {} : { hostKeyAlias: entry.hostKeyAlias.toLowerCase() }),
})
const attempt = async (make: () => ConfigEntry | Promise<ConfigEntry>): Promise<ConfigEntry | string> => {
  try {
    return await make()
  } catch {
    return 'refused'
  }
}

interface Tally {
  compared: number
  invalid: number
  readonly different: string[]
}

async function compareConfig(one: number, tally: Tally): Promise<void> {
  const pick = picker(one)
  const home = join(dir, String(one))
  const folder = join(home, '.ssh')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const files = sshConfigFiles(pick, folder)
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text, { mode: 0o600 })
  const name = pick.of(NAMES)
  const given = pick.once(4) ? 'alice' : undefined
  const answer = await run('ssh', ['-G', '-F', join(folder, 'config'), ...(given ? ['-l', given] : []), '--', name])
  if (answer.code !== 0) {
    tally.invalid += 1
    return
  }
  const theirs = await attempt(() => plain(name, entryOf(name, parseAnswer(answer.out), home, env)))
  const config = readSshConfig({ home, env, shell: '/bin/sh', asksSsh: false })
  const ours = await attempt(async () => plain(name, await config(name, { user: given })))
  tally.compared += 1
  const sorted = (value: object | string): string =>
    typeof value === 'string' ? value : JSON.stringify(value, Object.keys(value).sort())
  if (sorted(ours) !== sorted(theirs))
    tally.different.push(
      `seed ${one}, ${name}${given ? ` as ${given}` : ''}:\nssh  ${sorted(theirs)}\nours ${sorted(ours)}\n${JSON.stringify(files, null, 1)}`,
    )
  rmSync(home, { recursive: true })
}

async function compareKnownHosts(one: number, keys: readonly string[], tally: Tally): Promise<void> {
  const pick = picker(one)
  const file = join(dir, `known.${one}`)
  const text = knownHostsFile(pick, keys)
  writeFileSync(file, text)
  for (const name of pick.some(KNOWN_NAMES, 2)) {
    const { out } = await run('ssh-keygen', ['-F', name, '-f', file])
    const theirs = [...out.matchAll(/^# Host .* found: line (\d+)/gm)].map((match) => Number(match[1]))
    const ours = parseKnownHosts(text, file).flatMap((entry) => (matchesHost(entry.patterns, name) ? [entry.line] : []))
    tally.compared += 1
    if (String(ours) !== String(theirs))
      tally.different.push(`seed ${one}, ${name}: ssh-keygen ${theirs}, ours ${ours}\n${text}`)
  }
  rmSync(file)
}

/** Some at once, no more than a small machine bears. */
async function all(count: number, one: (each: number, tally: Tally) => Promise<void>): Promise<Tally> {
  const tally: Tally = { compared: 0, invalid: 0, different: [] }
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < count) await one(SEED + next++, tally)
  }
  await Promise.all([worker(), worker(), worker()])
  return tally
}

if (present) {
  test('ssh_config: as ssh -G reads it', async () => {
    const { compared, invalid, different } = await all(FILES, compareConfig)
    console.log(
      `ssh_config: seed ${SEED}, ${FILES} files, ${invalid} that ssh refuses, ${compared} compared, ${different.length} different`,
    )
    assert.ok(compared > FILES / 4)
    assert.equal(different.slice(0, 3), [])
  })

  test('known_hosts: as ssh-keygen -F reads it', async () => {
    const keys = ['ed25519', 'rsa', 'ecdsa'].map((type) => {
      spawnSync('ssh-keygen', ['-q', '-t', type, '-N', '', '-f', join(dir, type)])
      return spawnSync('cut', ['-d', ' ', '-f', '1,2', join(dir, `${type}.pub`)], { encoding: 'utf8' }).stdout.trim()
    })
    const token = Buffer.concat([
      Buffer.from('\0\0\0\x1ask-ssh-ed25519@openssh.com\0\0\0\x20'),
      Buffer.alloc(32, 7),
      Buffer.from('\0\0\0\x04ssh:'),
    ])
    keys.push(`sk-ssh-ed25519@openssh.com ${token.toString('base64')}`)
    const { compared, different } = await all(FILES, (each, tally) => compareKnownHosts(each, keys, tally))
    console.log(`known_hosts: seed ${SEED}, ${FILES} files, ${compared} names compared, ${different.length} different`)
    assert.equal(different.slice(0, 3), [])
  })
}

test.run()
