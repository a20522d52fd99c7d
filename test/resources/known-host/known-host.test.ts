import { readFileSync, writeFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { knownHost } from '../../../src/resources/edits/known-host.ts'
import { line } from '../../../src/resources/edits/line.ts'
import { converge, inSync, plan } from '../../support/loop.ts'
import { type Place, place } from '../../support/run-local.ts'

const test = suite<{ at: Place }>('known hosts on this machine')
test.before.each((context) => {
  context.at = place()
})
test.after.each((context) => context.at.remove())

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl'
const OTHER = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBBBqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl'
// the hash of git.example.com
const HASHED = '|1|MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=|F0ZRfRYRwQ1GVk6ta2FAYwNnuBU='
const host = (path: string, keys = [KEY]) => knownHost('git.example.com', { keys, path })

test('a key that the file revokes is not added beside that, and no file changes', ({ at }) => {
  const path = `${at.path}/known hosts`
  const says =
    /known hosts cannot be edited: line 2 \(@revoked\) revokes the ssh-ed25519 key of git\.example\.com, and ssh refuses the host; remove/
  for (const names of ['git.example.com', 'a,git.example.com,b', '*', '*.example.com', HASHED]) {
    const text = `# mine\n@revoked ${names} ${KEY} old\n`
    writeFileSync(path, text)
    assert.throws(() => plan(at.run, [host(path)]), says, names)
    assert.is(readFileSync(path, 'utf8'), text)
    // another key of the host is no one's business but the recipe's
    converge(at.run, [host(path, [OTHER])])
    assert.is(readFileSync(path, 'utf8'), `${text}git.example.com ${OTHER}\n`)
    converge(at.run, [knownHost('git.example.com', { ensure: 'absent', path })])
    assert.is(readFileSync(path, 'utf8'), text)
  }
})

test('what is revoked for others, or is a comment, stays and is in the way of nobody', ({ at }) => {
  const path = `${at.path}/known_hosts`
  const text = `#@revoked * ${KEY}\n@revoked other.example.com ${KEY}\n@revoked *,!git.example.com ${KEY}\n@cert-authority * ${KEY}\n`
  writeFileSync(path, text)
  converge(at.run, [host(path)])
  assert.is(readFileSync(path, 'utf8'), `${text}git.example.com ${KEY}\n`)
  assert.ok(inSync(at.run, [host(path)]))
})

test('a host at port 22 is written as ssh looks for it', () =>
  assert.throws(() => knownHost('[git.example.com]:22', { keys: [KEY] }), /without brackets and port/))

test('what cannot be edited says why', ({ at }) => {
  writeFileSync(`${at.path}/a`, 'x\n')
  assert.throws(
    () => plan(at.run, [line('l', { path: `${at.path}/a`, line: 'y', match: 'a{99999}' })]),
    /cannot be edited: .*[Rr]egular expression/,
  )
})

test.run()
