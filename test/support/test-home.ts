import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ssh2 from 'ssh2'

/** A home directory with a key, for tests that log in. */
export interface TestHome {
  readonly path: string
  /** The public key line of `.ssh/id_ed25519`. */
  readonly publicKey: string
  readonly knownHosts: string
  file(name: string, text: string): string
  remove(): void
}

/** An Ed25519 key pair. About once in 256 times, ssh2 makes one that it cannot read itself; then this tries again. */
export function generateKey(options: { passphrase?: string; comment?: string } = {}): {
  private: string
  public: string
} {
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync('ed25519', {
      comment: options.comment ?? 'test',
      ...(options.passphrase === undefined ? {} : { passphrase: options.passphrase, cipher: 'aes256-ctr', rounds: 4 }),
    })
    if (!(ssh2.utils.parseKey(pair.private, options.passphrase) instanceof Error)) return pair
  }
}

export function testHome(): TestHome {
  const path = mkdtempSync(join(tmpdir(), 'provision-home-'))
  mkdirSync(join(path, '.ssh'), { mode: 0o700 })
  const file = (name: string, text: string): string => {
    writeFileSync(join(path, '.ssh', name), text, { mode: 0o600 })
    return join(path, '.ssh', name)
  }
  const key = generateKey()
  file('id_ed25519', key.private)
  return {
    path,
    publicKey: key.public,
    knownHosts: join(path, '.ssh', 'known_hosts'),
    file,
    remove: () => rmSync(path, { recursive: true, force: true }),
  }
}
