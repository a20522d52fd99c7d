import type { Ask } from '../../password.ts'
import { type Agent, agentAt } from './agent.ts'
import type { Certificate } from './certificate.ts'
import { type KeyFile, readCertificate, readKeyFile } from './key-file.ts'

/** All of a user's keys, each read, listed and unlocked once for all hosts. */
export interface Keyring {
  /** The agent that listens on a socket. */
  agent(path: string): Agent
  /** `undefined`: the file does not exist. @throws TransportError `key` */
  file(path: string): Promise<KeyFile | undefined>
  /** The certificate in a file, if it contains one. Never rejects. */
  certificate(path: string): Promise<Certificate | undefined>
}

/** Memoises `make` by name. */
const once = <T>(make: (name: string) => T): ((name: string) => T) => {
  const made = new Map<string, T>()
  return (name) => {
    const known = made.get(name) ?? make(name)
    made.set(name, known)
    return known
  }
}

/** The keys of the user who runs this program: those of agents and of files. */
export const keyring = (ask: Ask): Keyring => ({
  agent: once((path) => agentAt(path)),
  file: once((path) => readKeyFile(path, ask)),
  certificate: once(readCertificate),
})
