import type { Duplex } from 'node:stream'
import type { Script } from '../shell/script.ts'

/** A recipe's access to its host's services: connections that the host itself makes, through its own sshd. */
export interface Net {
  /** A TCP connection from the host to any address that it can reach. @throws if it is refused or does not answer. */
  dial(address: string, port: number): Promise<Duplex>
  /**
   * Runs read-only sh as root on the host, and returns its output. @throws with the last line of its stderr if it
   * fails.
   */
  read(script: Script): Promise<string>
}

/** The health of a recipe's component on one host. */
export interface Health {
  readonly green: boolean
  /**
   * It certainly serves no client now (its port refuses, it belongs to no quorum), so that a restart can break nothing.
   * Red alone may only mean that it could not be asked.
   */
  readonly down?: boolean
  /** It is red only because it was taken out of service, for example by its recipe's `before` (a drained agent). */
  readonly away?: boolean
  /**
   * A user took it out of service until further notice: who, and since when. It counts as green, because that is
   * intended. Set by the engine, not by recipes.
   */
  readonly held?: { readonly by: string; readonly since: string }
  /** One short phrase: "leader, 2 of 2 followers in sync"; why not, if it is not green. */
  readonly says: string
  /**
   * It is green, but has nothing to serve yet: "no app". Until it has, a load balancer in front finds its host
   * unhealthy.
   */
  readonly idle?: boolean
  /** Is this the member that leads its quorum? It is restarted last. */
  readonly leads?: boolean
  /**
   * It is red only because no host serves the recipe of this name, which it depends on ("no master answers"). If no
   * host with that recipe is part of the run, nothing waits for it.
   */
  readonly waitsFor?: string
  /**
   * It is red because of what it serves (an app without a usable server), not because of how this host was set up:
   * `status` says so, and no run waits for it.
   */
  readonly outside?: boolean
  /**
   * It stays red until a user changes this variable, because a login or token in it is refused:
   * "vars.registrar.consulToken". Gates wait only briefly for that.
   */
  readonly variable?: string
}
