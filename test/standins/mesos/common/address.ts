import { hostname, networkInterfaces } from 'node:os'
import type { Flags } from './flags.ts'

/** Where a daemon is to be found, by its flags and libprocess' variables. */
export interface Address {
  readonly ip: string
  readonly port: number
  readonly hostname: string
}

/** An address that is not this host's own loopback, else that. */
const ownAddress = (): string =>
  Object.values(networkInterfaces())
    .flat()
    .find((i) => i?.family === 'IPv4' && !i.internal)?.address ?? '127.0.0.1'

/**
 * The address that is told to others; without a name it is this host's, or its address where names are not to be looked
 * up.
 */
export function addressOf(flags: Flags, env: Readonly<Record<string, string | undefined>>): Address {
  const ip =
    flags.text('advertise_ip') ?? flags.text('ip') ?? env.LIBPROCESS_ADVERTISE_IP ?? env.LIBPROCESS_IP ?? ownAddress()
  const port = flags.number('advertise_port') ?? flags.number('port') ?? 0
  return { ip, port, hostname: flags.text('hostname') ?? (flags.on('hostname_lookup') ? hostname() : ip) }
}

/** An IPv4 address as Mesos writes it into a number: first byte lowest. */
export const ipNumber = (ip: string): number => ip.split('.').reduceRight((sum, byte) => sum * 256 + Number(byte), 0)
