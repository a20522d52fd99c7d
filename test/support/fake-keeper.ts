import { readFileSync } from 'node:fs'
import { Duplex } from 'node:stream'

/** A recorded answer of a ZooKeeper. */
export const answer = (name: string): string =>
  readFileSync(new URL(`../clients/answers/${name}.txt`, import.meta.url), 'utf8')

/** The answers of ZooKeeper's roles to four-letter words. */
const MODES = {
  leader: { srvr: answer('srvr-leader'), mntr: answer('mntr-leader-2-of-2') },
  follower: { srvr: answer('srvr-follower'), mntr: '' },
  'in no quorum': { srvr: answer('srvr-no-quorum'), mntr: '' },
} as const

/** A role of the fake ZooKeeper. */
export type Mode = keyof typeof MODES

/** A connection to a server that answers one word and then closes, like ZooKeeper. */
export const answering = (words: Readonly<Record<string, string>>): Duplex =>
  new Duplex({
    read() {},
    write(chunk, _encoding, done) {
      this.push(words[String(chunk)] ?? '')
      this.push(null)
      done()
    },
  })

/** A connection to a fake ZooKeeper in one of its roles. */
export const fakeKeeper = (mode: Mode): Duplex => answering(MODES[mode])
