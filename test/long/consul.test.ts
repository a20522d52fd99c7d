/** The recipes consul and consul-server with the real Consul: from HashiCorp's package, and with all its secrets. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import type { RunResult } from '../../src/index.ts'
import type { SandboxHost } from '../../src/sandbox/index.ts'
import { withArtifacts } from '../support/artifacts.ts'
import { builtProgram } from '../support/built.ts'
import { inventory, lab, ok, says } from '../support/consul.ts'
import { withHosts } from '../support/hosts.ts'
import { journal } from '../support/journal.ts'
import { memory } from '../support/memory.ts'
import { eventually } from '../support/until.ts'
import { apply, finish, LAYER, outcomes, reasons } from '../support/zookeeper.ts'

const test = suite('consul on hosts, from its package and with its secrets')
const { box } = await withHosts(test, import.meta.url)
const artifacts = withArtifacts(test, box, ['consul'])
const SERVERS = ['s-1', 's-2', 's-3']
const all = (): readonly SandboxHost[] => [...SERVERS, 'c-1'].map((name) => box.host(name))

const every = (result: RunResult, outcome: string): void =>
  assert.deepEqual([...new Set(Object.values(outcomes(result)))], [outcome], reasons(result))

interface Ended {
  readonly code: number | null
  readonly out: string
}

/** What a user types, in a folder with an inventory. */
function cli(folder: string, env: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [builtProgram(), ...args], {
      cwd: folder,
      env: { ...process.env, XDG_CACHE_HOME: join(folder, 'cache'), ...env },
    })
    let out = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (out += chunk))
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, out }))
  })
}

/** Certificates and gossip keys, made by Consul itself, of which nothing stays on the host. */
async function madeByConsul() {
  const { url } = await artifacts.part('consul')
  const made = await ok(
    box.host('s-1'),
    `folder=$(mktemp -d); cd "$folder"; curl -s -o consul.zip ${url}; unzip -q consul.zip; PATH=$folder:$PATH
    consul tls ca create >/dev/null; consul tls cert create -server -dc lab >/dev/null
    cat consul-agent-ca.pem; echo ---; cat lab-server-consul-0.pem; echo ---; cat lab-server-consul-0-key.pem; echo ---; consul keygen; consul keygen
    cd /; rm -r "$folder"`,
  )
  const [ca = '', cert = '', key = '', keys = ''] = made.split(/^---\n/m)
  const [gossip = '', next = ''] = keys.trim().split('\n')
  return { ca, cert, key, gossip, next }
}

/** The variables of a cluster whose secrets are in the environment. */
const guardedVars = (encrypt: string) => ({
  consul: { encrypt, tls: { ca: 'env:CA' }, acl: { tokens: { agent: 'env:AGENT' } } },
  servers: {
    tls: { ca: 'env:CA', cert: 'env:CERT', key: 'env:CERT_KEY' },
    acl: { tokens: { agent: 'env:AGENT', initialManagement: 'env:MANAGEMENT' } },
  },
})

/** What `provision status` prints once all are well: a server that a busy machine lets wait is red for that moment. */
const healthy = (folder: string, env: Readonly<Record<string, string>>): Promise<string> =>
  eventually(
    'all are well',
    async () => {
      const { code, out } = await cli(folder, env, 'status')
      if (code !== 0 || out.match(/3 of 3 servers healthy/g)?.length !== 3) throw new Error(out)
      return out
    },
    500,
  )

type Clean = (what: string, shown: string) => void

/** Forms the cluster and asks for its status; no output shows a secret. */
async function formed(folder: string, env: Readonly<Record<string, string>>, clean: Clean): Promise<void> {
  for (const [code, ...args] of [
    [2, 'plan', '--diff'],
    [2, 'plan', '--script'],
    [0, '--verbose', '--diff'],
    [0, '--json'],
  ] as const) {
    const ended = await cli(folder, env, ...args)
    assert.equal(ended.code, code, `provision ${args.join(' ')}: ${ended.out}`)
    clean(`provision ${args.join(' ')}`, ended.out)
    if (args[0] === '--json') assert.equal(ended.out.match(/"outcome":"in-sync"/g)?.length, 4, ended.out)
  }
  clean('provision status', await healthy(folder, env))
}

/** Secrets lie on a host where they belong and nowhere else. @param lines the secrets, one a line */
async function secretsLieIn(host: SandboxHost, lines: string, clean: Clean): Promise<void> {
  const found = await ok(
    host,
    'cat >/run/canaries; grep -rlsFf /run/canaries /etc /opt /root /tmp /usr/local /var --exclude-dir=raft --exclude=consul | sort | xargs stat -c "%n %U:%G %a"; rm /run/canaries',
    lines,
  )
  const server = host.name !== 'c-1'
  const places = [
    '/etc/consul.d/secrets.json root:consul 640',
    ...(server ? ['/etc/consul.d/tls/key.pem root:consul 640'] : []),
    '/var/lib/consul/serf/local.keyring consul:consul 600',
  ]
  assert.deepEqual(found.split('\n'), places, host.name)
  clean(`the journal of ${host.name}`, await ok(host, journal('-o verbose')))
  clean(
    `the processes of ${host.name}`,
    await ok(
      host,
      "for p in /proc/[0-9]*; do tr '\\0' ' ' <$p/cmdline; tr '\\0' ' ' <$p/environ; done 2>/dev/null || :",
    ),
  )
}

test('gossip key, TLS and access control, from secrets that the environment gives: formed in one run, and shown nowhere', async () => {
  await box.up([...SERVERS.map((name) => ({ name, layer: LAYER })), { name: 'c-1', release: '13' }])
  const { ca, cert, key, gossip, next } = await madeByConsul()
  const env = { CA: ca, CERT: cert, CERT_KEY: key, GOSSIP: gossip, AGENT: randomUUID(), MANAGEMENT: randomUUID() }
  const canaries = { ...env, CA: '', CERT: '', CERT_KEY: key.split('\n')[1] as string }
  const clean: Clean = (what, shown) => {
    for (const [name, value] of Object.entries(canaries))
      assert.ok(value === '' || !shown.includes(value), `${what} shows ${name}`)
  }
  const folder = mkdtempSync(join(tmpdir(), 'provision-consul-'))
  try {
    const use = async (encrypt: string) => {
      const written = await inventory(all(), artifacts, guardedVars(encrypt))
      writeFileSync(join(folder, 'inventory.json'), JSON.stringify(written))
    }
    await use('env:GOSSIP')
    await formed(folder, env, clean)
    const lines = Object.values(canaries)
      .filter((value) => value !== '')
      .join('\n')
    for (const host of all()) await secretsLieIn(host, lines, clean)
    const denied = await ok(
      box.host('c-1'),
      'curl -s -o /dev/null -w "%{http_code}" -X PUT -d x 127.0.0.1:8500/v1/kv/x',
    )
    assert.equal(denied, '403', 'without a token nothing may be written')

    // another gossip key shuts nobody out, and one that the agents have learnt is taken
    await use('env:NEXT')
    const refused = await cli(folder, { ...env, NEXT: next }, 'plan')
    assert.equal(refused.code, 1)
    assert.match(refused.out, /another gossip key in its keyring/)
    clean('the refusal', refused.out)
    await ok(
      box.host('s-1'),
      `CONSUL_HTTP_TOKEN=${env.MANAGEMENT}; export CONSUL_HTTP_TOKEN; consul keyring -install=${next} && consul keyring -use=${next} && consul keyring -remove=${gossip}`,
    )
    const rotated = await cli(folder, { ...env, NEXT: next })
    assert.equal(rotated.code, 0, rotated.out)
    assert.match(rotated.out, /s-1 +changed/)
    // a host made anew is given the new key
    await box.reset('s-2')
    const back = await cli(folder, { ...env, NEXT: next })
    assert.equal(back.code, 0, back.out)
    await healthy(folder, { ...env, NEXT: next })
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test("HashiCorp's package: a stand-in for its packaging, with the real Consul inside", async () => {
  const [host] = (await box.up([{ name: 'p-1' }])) as [SandboxHost]
  const { url } = await artifacts.part('consul')
  // What theirs holds and does, by Consul's .release/linux: a configuration and a unit of its own, all of /etc/consul.d
  // given to the user consul.
  await ok(
    host,
    `export DEBIAN_FRONTEND=noninteractive; apt-get -q update; apt-get -q -y install --no-install-recommends gpg gpg-agent unzip; set -e; export HOME=/root
    mkdir -p /srv/d/DEBIAN /srv/d/usr/bin /srv/d/etc/consul.d /srv/d/usr/lib/systemd/system; cd /srv
    curl -s -o consul.zip ${url}; unzip -q consul.zip -d d/usr/bin
    echo 'data_dir = "/opt/consul"' >d/etc/consul.d/consul.hcl; echo /etc/consul.d/consul.hcl >d/DEBIAN/conffiles
    printf '[Service]\\nType=notify\\nExecStart=/usr/bin/consul agent -config-dir=/etc/consul.d/\\n' >d/usr/lib/systemd/system/consul.service
    printf 'Package: consul\\nVersion: 1.21.0-1\\nArchitecture: amd64\\nMaintainer: t <t@example.org>\\nDescription: t\\n' >d/DEBIAN/control
    printf '#!/bin/sh\\nmkdir -p /opt/consul; chown -R consul:consul /opt/consul; chown -R consul:consul /etc/consul.d\\n' >d/DEBIAN/postinst
    printf '#!/bin/sh\\nid -u consul >/dev/null 2>&1 || useradd --system --user-group --shell /bin/false consul\\n' >d/DEBIAN/preinst
    chmod 755 d/DEBIAN/p*inst; p=repo/dists/bookworm/main/binary-amd64; mkdir -p repo/pool $p
    dpkg-deb -Znone --root-owner-group -b d repo/pool/consul.deb >/dev/null
    { dpkg-deb -f repo/pool/consul.deb; echo "Filename: pool/consul.deb"; echo "Size: $(stat -c %s repo/pool/consul.deb)"; echo "SHA256: $(sha256sum repo/pool/consul.deb | cut -d' ' -f1)"; } >$p/Packages
    cd repo/dists/bookworm; { echo 'Suite: bookworm'; echo 'Components: main'; echo 'Architectures: amd64'; echo SHA256:; echo " $(sha256sum main/binary-amd64/Packages | cut -d' ' -f1) $(stat -c %s main/binary-amd64/Packages) main/binary-amd64/Packages"; } >Release
    gpg -q --batch --passphrase '' --quick-gen-key t@example.org rsa2048 sign never; gpg -q --clearsign -o InRelease Release; rm -rf /srv/d /srv/consul.zip`,
  )
  const folder = mkdtempSync(join(tmpdir(), 'provision-key-'))
  try {
    const key = join(folder, 'key.asc')
    writeFileSync(key, `${await ok(host, 'HOME=/root gpg --armor --export t@example.org')}\n`)
    const source = { package: 'consul', key, repository: 'file:/srv/repo' }
    const cluster = await lab([host], artifacts, { consul: { source } })
    const own = memory()
    every(await finish(apply, cluster, own), 'changed')
    every(await finish(apply, cluster, own), 'in-sync')
    assert.deepEqual(await says(cluster), ['p-1 consul-server: leader, 1 of 1 servers healthy', 'p-1 consul: agent'])
    const is = `dpkg-query -W -f '\${db:Status-Abbrev}\${Version}\\n' consul; stat -c '%U:%G %a' /etc/consul.d/consul.json; ls /opt/consul`
    assert.equal(
      await ok(host, is),
      'hi 1.21.0-1\nconsul:consul 640',
      'held, and nothing runs by the configuration that it brings',
    )
    // an upgrade: it gives everything to its user again
    await ok(host, 'dpkg -i --force-hold /srv/repo/pool/consul.deb; apt-mark hold consul')
    every(await finish(apply, cluster, own), 'in-sync')
  } finally {
    rmSync(folder, { recursive: true })
    await box.remove('p-1')
  }
})

test.run()
