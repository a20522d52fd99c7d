import type { SandboxHost } from '../../src/sandbox/index.ts'
import { ok } from './mesos.ts'
import type { Part } from './parts.ts'

/** Loads an image on hosts with a running Docker. */
export async function loadImage(hosts: readonly SandboxHost[], url: string): Promise<void> {
  await Promise.all(hosts.map((host) => ok(host, `curl -sf ${url} | docker load`)))
}

/** Runs a Marathon from that part's image like a real one, and restarts it whenever it ends; it logs to the journal. */
export async function startMarathon(
  host: SandboxHost,
  { version }: Pick<Part, 'version'>,
  flags: Readonly<Record<string, string>>,
): Promise<void> {
  const env = Object.entries(flags).map(([name, value]) => `MARATHON_${name.toUpperCase()}=${value}`)
  await ok(host, 'mkdir -p /etc/marathon; cat >/etc/marathon/marathon.env', `${env.join('\n')}\n`)
  const run = `docker run --rm --name marathon --net=host --env-file /etc/marathon/marathon.env mesosphere/marathon:v${version}`
  const properties = [
    'Restart=always',
    'RestartSec=1',
    'StartLimitIntervalSec=0',
    'ExecStartPre=-/usr/bin/docker rm -f marathon',
  ]
  await ok(host, `systemd-run --unit marathon ${properties.map((p) => `-p '${p}'`).join(' ')} /usr/bin/${run}`)
}
