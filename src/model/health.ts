import type { Duplex } from 'node:stream'
import type { Script } from '../shell/script.ts'

/**
 * A recipe's access to its host's services from outside: connections that are made from that host, through its own
 * sshd.
 */
export interface Net {
  /** A TCP connection from the host to any address it reaches. @throws when it is refused or does not answer. */
  dial(address: string, port: number): Promise<Duplex>
  /**
   * Runs sh that only reads, as root on the host, and gives what it printed. @throws with the last line of its
   * complaints where it fails.
   */
  read(script: Script): Promise<string>
}

/** The health of a recipe's component on one host. */
export interface Health {
  readonly green: boolean
  /**
   * It certainly serves nobody just now (its port refuses, it belongs to no quorum), so that to restart it can break
   * nothing. Red alone may mean that it could not be asked.
   */
  readonly down?: boolean
  /**
   * It is red for one reason only: it was taken out of service, as by its recipe's `before` (an agent that is drained).
   */
  readonly away?: boolean
  /**
   * Somebody took it out of service until it is asked back: who, since when. It counts as green, since that is wanted.
   * Said by the engine, not by recipes.
   */
  readonly held?: { readonly by: string; readonly since: string }
  /** One short phrase: "leader, 2 of 2 followers in sync"; why not, if it is not green. */
  readonly says: string
  /** Is this the member that leads its quorum? It is restarted last. */
  readonly leads?: boolean
  /**
   * It is red for one reason only, which lies elsewhere: no host with this recipe serves it ("no master answers").
   * Where none of those is part of the run, nothing waits for it.
   */
  readonly waitsFor?: string
  /**
   * It is red for what it is to serve (an app without a usable server), not for how this host was set up: `status` says
   * so, and no run waits for it.
   */
  readonly outside?: boolean
  /**
   * It is red until somebody changes this variable, because a login or a token in it is refused:
   * "vars.registrar.consulToken". Nobody waits long for that.
   */
  readonly variable?: string
}
