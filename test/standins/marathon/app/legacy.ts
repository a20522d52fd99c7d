type Json = Record<string, unknown>

const NETWORKS: Readonly<Record<string, Json | undefined>> = {
  HOST: { mode: 'host' },
  BRIDGE: { mode: 'container/bridge' },
  NONE: { mode: 'host' },
}

/**
 * `ports` and `uris` are short forms; Docker's own network and mappings, and `ipAddress`, are how it was said before
 * networks.
 */
export const legacy = ({ ports, uris, ipAddress, ...app }: Json): Json => {
  const out: Json = { ...app }
  if (Array.isArray(ports) && out.portDefinitions === undefined) out.portDefinitions = ports.map((port) => ({ port }))
  if (Array.isArray(uris) && out.fetch === undefined)
    out.fetch = uris.map((uri) => ({ uri, extract: /\.(tgz|tar\.gz|tbz2|tar\.bz2|txz|tar\.xz|zip)$/.test(uri) }))
  const container = out.container as Json | undefined
  const docker = container?.docker as Json | undefined
  const network = docker?.network as string | undefined
  const name = (ipAddress as Json | undefined)?.networkName
  if (out.networks === undefined && network === 'USER')
    out.networks = [{ mode: 'container', ...(name !== undefined && { name }) }]
  else if (out.networks === undefined && network !== undefined) out.networks = [NETWORKS[network]]
  else if (out.networks === undefined && ipAddress)
    out.networks = [{ mode: 'container', ...(name !== undefined && { name }) }]
  if (container && docker?.portMappings && container.portMappings === undefined)
    out.container = { ...container, portMappings: docker.portMappings }
  return out
}
