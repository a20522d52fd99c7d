import assert from 'node:assert/strict'
import { apply, createTransport, defineRecipe, defineRole, type HostResult, makeCluster } from '../../../src/index.ts'
import type { Sandbox, SandboxHost } from '../../../src/sandbox/index.ts'
import { loginOf } from '../login.ts'
import { memory } from '../memory.ts'
import { breakage, partsOf, type Recipe } from './recipe.ts'
import { stock } from './stock.ts'

/** Everything that a host must not have: temporary files meant to be renamed, and failed units. */
const LEFT = `
ours() { systemctl list-units --plain --no-legend 'provision-*' | grep -v '^provision-nftables-'; }
find / -xdev \\( -path /proc -o -path /sys -o -path /var/lib/provision \\) -prune -o -name '.*.provision*' -print
find /run/provision/new /run/provision/trial 2>/dev/null
for i in 1 2 3 4 5; do [ -z "$(ours)" ] || sleep 1; done
ours
systemctl list-units --failed --plain --no-legend | cut -d ' ' -f 1`

/** The files and units of a host, which must be the same after everything is removed. */
const INVENTORY = `find /etc -xdev ! -type d ! -name '*-' ! -path '/etc/apt/*' | sort; getent passwd | cut -d : -f 1 | sort; systemctl list-unit-files --plain --no-legend | awk '$2 != "transient" { print $1 }'`

/** Seconds for a login: whatever else runs on this machine, a slow one is no failure of a recipe. */
const PATIENCE = 120

/** A host for trying random recipes, one batch after another. */
export function bench(box: Sandbox, host: SandboxHost) {
  const options = { facts: memory(), allow: ['block-marks'] }
  const ssh = loginOf(host, { connectTimeout: PATIENCE })
  const target = { name: host.name, address: host.address, privateAddress: host.address, roles: ['random'], vars: {} }

  const run = async (which: 'resources' | 'gone', batch: readonly Recipe[]): Promise<HostResult> => {
    const recipes = batch.map((recipe) =>
      defineRecipe({ name: `random-${recipe.place}`, resources: () => partsOf(recipe).flatMap((part) => part[which]) }),
    )
    const cluster = makeCluster([{ ...target, ssh }], new Map([['random', defineRole({ name: 'random', recipes })]]))
    const [result] = (await apply(cluster, { transport: createTransport(), ...options }).result).hosts
    return result as HostResult
  }
  const sh = async (command: string): Promise<string> => (await host.sh(command)).stdout.trim()

  const inventory = async (): Promise<ReadonlySet<string>> => new Set((await sh(INVENTORY)).split('\n'))
  const said = ({ outcome, reason, output = [], plan }: HostResult): string => {
    const steps = outcome === 'changed' ? (plan?.steps ?? []) : []
    const lines = steps.map(({ resource, changes }) => `${resource}: ${JSON.stringify(changes)}`.slice(0, 300))
    return [`${outcome}: ${reason ?? ''}`, ...output, ...lines].join('\n')
  }
  const converges = async (phase: string, which: 'resources' | 'gone', batch: readonly Recipe[]): Promise<void> => {
    const result = await run(which, batch)
    assert.ok(['changed', 'in-sync'].includes(result.outcome), `${phase}: ${said(result)}`)
    await inSync(`${phase}, again`, which, batch)
    assert.equal(await sh(LEFT), '', `${phase}: left over`)
  }
  const inSync = async (phase: string, which: 'resources' | 'gone', batch: readonly Recipe[]): Promise<void> => {
    const result = await run(which, batch)
    assert.equal(result.outcome, 'in-sync', `${phase}: ${said(result)}`)
    assert.equal(result.cost.execs, 1, `${phase}: one exec`)
  }

  /** Applies a batch twice, breaks it by hand, applies it, reboots, and removes it. @throws naming the phase */
  const lives = async (batch: readonly Recipe[]): Promise<void> => {
    const before = await inventory()
    await converges('applied', 'resources', batch)
    await host.sh(`set +e\n${breakage(batch[0] as Recipe)}\n${batch.slice(1).map(breakage).join('\n')}\n:`)
    await converges('mended', 'resources', batch)
    await box.kill(host.name)
    await box.boot(host.name)
    await sh('systemctl is-system-running --wait') // logins are admitted before all services have started
    await inSync('after a boot', 'resources', batch)
    assert.equal(await sh(LEFT), '', 'after a boot: left over')
    await converges('taken away', 'gone', batch)
    const after = await inventory()
    const other = [
      ...[...after].filter((x) => !before.has(x)),
      ...[...before].filter((x) => !after.has(x)).map((x) => `no ${x}`),
    ]
    assert.deepEqual(other, [], 'taken away: what is there now, and was before')
  }

  /** Replaces the host by a new one. */
  const renew = async (): Promise<void> => {
    await box.reset(host.name)
    await stock(host)
  }
  return { host, lives, renew }
}

export type Bench = ReturnType<typeof bench>
