import {
  ConsulError,
  consulForceLeave,
  consulLeave,
  consulMembers,
  consulOf,
  type InventoryHost,
  sh,
  shFile,
  type Turn,
} from '../../src/index.ts'

const DROP_IN = '/run/systemd/system/consul.service.d'

/** Waits until the agent has stopped, and reports whether it has. */
const stopped = shFile(import.meta.url, './stopped.sh')

/**
 * Makes the agent leave: a server hands over and gives up its vote, a client takes its services along. The unit is
 * stopped, because systemd would restart the agent, and it would rejoin.
 */
export async function leave({ host, net, say }: Turn): Promise<void> {
  say('its node to leave Consul')
  await net.read(sh`
    mkdir -p ${DROP_IN}
    printf '[Service]\nRestart=no\n' >${DROP_IN}/leaves.conf
    systemctl daemon-reload`)
  const refused = await consulLeave(consulOf(host, net)).then(
    () => undefined,
    (error: unknown) => error,
  )
  // the agent may end before it has answered
  const ended = await net.read(sh`
    patience=${refused === undefined ? 30 : 10}
    ${stopped}
    rm -rf ${DROP_IN}
    systemctl daemon-reload`)
  if (ended.trim() === 'ended') return
  if (refused instanceof ConsulError && refused.status === 403)
    throw new Error('its agent is not allowed to leave Consul: its token needs agent:write')
  throw refused ?? new Error('its Consul agent did not stop after it had left the cluster')
}

/** Tells the others, from a host that stays, that a node is gone: its services go, and its vote. */
export async function forget({ host, net }: Turn, gone: InventoryHost): Promise<void> {
  const consul = consulOf(host, net)
  const known = await consulMembers(consul)
  if (known.some(({ name }) => name === gone.name)) await consulForceLeave(consul, gone.name)
}
