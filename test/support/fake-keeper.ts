import { readFileSync } from 'node:fs'
import { Duplex } from 'node:stream'

/** What was recorded of a ZooKeeper. */
export const answer = (name: string): string =>
  readFileSync(new URL(`../clients/answers/${name}.txt`, import.meta.url), 'utf8')

/** What ZooKeeper's roles answer to its four-letter words. */
const MODES = {
  leader: { srvr: answer('srvr-leader'), mntr: answer('mntr-leader-2-of-2') },
  follower: { srvr: answer('srvr-follower'), mntr: '' },
  'in no quorum': { srvr: answer('srvr-no-quorum'), mntr: '' },
} as const

/** The role of a ZooKeeper that is played. */
export type Mode = keyof typeof MODES

/** A connection to a server that answers one word, as ZooKeeper does, and ends it. */
export const answering = (words: Readonly<Record<string, string>>): Duplex =>
  new Duplex({
    read() {},
    write(chunk, _encoding, done) {
      this.push(words[String(chunk)] ?? '')
      this.push(null)
      done()
    },
  })

/** A connection to a ZooKeeper in one of its roles. */
export const fakeKeeper = (mode: Mode): Duplex => answering(MODES[mode])
