import * as v from 'valibot'
import { isPublicKey } from '../../lib/check/public-key.ts'
import { defineResource } from '../../model/define-resource.ts'
import { sh, shFile } from '../../shell/script.ts'
import { ensure, hostPath } from '../kit/properties.ts'
import { type Edit, editPath, editType } from './edit.ts'

const KEY = 'a whole public key, like "ssh-ed25519 AAAA…"'

function isKey(text: string): boolean {
  const [type = '', base64 = ''] = text.trim().split(/\s+/)
  return isPublicKey(type, base64)
}

/** The hosts that a line of such a file names. */
const names = (line: string): readonly string[] => line.trim().split(/\s+/, 1)[0]?.split(',') ?? []

const properties = v.object({
  keys: v.optional(
    v.pipe(
      v.array(v.pipe(v.string(), v.check(isKey, `must be ${KEY}`))),
      v.description('All its keys, as in /etc/ssh/ssh_host_*_key.pub on that host: `ssh-ed25519 AAAA…`.'),
    ),
    [],
  ),
  path: v.optional(
    v.pipe(hostPath, v.description("The file, such as a user's ~/.ssh/known_hosts.")),
    '/etc/ssh/ssh_known_hosts',
  ),
  ensure: ensure('`absent` removes all its keys.'),
})

/**
 * The keys by which ssh knows another host: `knownHost('git.example.com', { keys: ['ssh-ed25519 AAAA…'] })`. Other
 * keys of that host are removed, even if its name is hashed. A key that the file revokes (`@revoked`) is an error.
 */
export const knownHost = defineResource({
  ...editType('knownHost', shFile(import.meta.url, './known-host.sh')),
  properties,
  normalise({ keys, path, ensure }, name, wrong): Edit {
    if (!/^(\[[\w.:-]+\]:\d+|[\w.:-]+)$/.test(name))
      wrong('write it like "git.example.com" or "[git.example.com]:2222"')
    if (/\]:0*22$/.test(name)) wrong('ssh looks for a host at port 22 without brackets and port')
    if (ensure === 'present' && keys.length === 0) wrong("give its keys, or ensure: 'absent'")
    const given = ensure === 'absent' ? [] : keys.map((key) => key.trim().split(/\s+/).slice(0, 2).join(' '))
    const kept = given.map((key) => `${name} ${key}`)
    return {
      path: editPath('knownHost', name, path),
      ensure,
      call: sh`edited_hosts ${[name, given.map((key) => `${key}\n`).join('')]}`,
      lines: { path, keeps: () => kept, drops: (line) => names(line).includes(name) && !kept.includes(line) },
      amount: keys.length === 1 ? '1 key' : `${keys.length} keys`,
      secret: false,
    }
  },
})
