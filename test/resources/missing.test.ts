import { chmodSync, writeFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { startFunction } from '../../src/resources/systemd/running/start.ts'
import { join, sh } from '../../src/shell/script.ts'
import { place } from '../support/run-local.ts'

const test = suite('what a unit names and the host has not')

/** How systemd shows a program that a unit runs. */
const program = (path: string, ignore = 'no'): string =>
  `{ path=${path} ; argv[]=${path} "} ; path=/x" ; ignore_errors=${ignore} ; start_time=[n/a] ; stop_time=[n/a] ; pid=0 ; code=(null) ; status=0/0 }`

const list = (what: string, key: string): string =>
  `x.service: there is no ${what}; list what makes it before the service, or correct ${key}= in the unit`

// The lines that systemd shows, HERE for a directory with some programs in it, and what is said.
const cases: readonly (readonly [string, readonly string[], string])[] = [
  ['a user', ['User=no-such-user'], list('user no-such-user', 'User')],
  ['a group', ['User=root', 'Group=no-such-group'], list('group no-such-group', 'Group')],
  ['a further group', ['SupplementaryGroups=root no-such-group'], list('group no-such-group', 'SupplementaryGroups')],
  ['those that are there', ['User=root', 'Group=root', 'SupplementaryGroups=root'], ''],
  ['numbers need no name', ['User=64999', 'Group=64999'], ''],
  ['a user that systemd makes itself', ['DynamicUser=yes', 'User=no-such-user'], ''],
  ['none', ['User=', 'Group=', 'EnvironmentFiles=', 'WorkingDirectory=', 'ExecStart='], ''],
  [
    'a file with variables',
    ['EnvironmentFiles=/etc/no such.env (ignore_errors=no)'],
    list('file /etc/no such.env', 'EnvironmentFile'),
  ],
  ['one that may be missing', ['EnvironmentFiles=/etc/no-such (ignore_errors=yes)'], ''],
  ['any number of them', ['EnvironmentFiles=/etc/no-such/* (ignore_errors=no)'], ''],
  ['a directory', ['WorkingDirectory=/no-such'], list('directory /no-such', 'WorkingDirectory')],
  ['one that may be missing', ['WorkingDirectory=!/no-such'], ''],
  [
    'a device',
    ['What=/no-such'],
    "x.service: there is no /no-such to mount; attach or make it, or correct the mount's device",
  ],
  ['what is mounted by a word', ['What=tmpfs'], ''],
  ['a root', ['RootDirectory=/no-such'], list('directory /no-such', 'RootDirectory')],
  ['what lies in a root of its own', ['RootDirectory=/', `ExecStart=${program('/no-such')}`], ''],
  ['a program', [`ExecStart=${program('/no such')}`], list('program /no such', 'ExecStart')],
  ['one before it', [`ExecStartPre=${program('/no-such')}`], list('program /no-such', 'ExecStartPre')],
  ['one that may fail', [`ExecStartPre=${program('/no-such', 'yes')}`], ''],
  ['one that is there', [`ExecStart=${program('/bin/sh')}`, `ExecStart=${program('HERE/script')}`], ''],
  [
    'one that may not be run',
    [`ExecStart=${program('HERE/plain')}`],
    'x.service: HERE/plain may not be run: give it the mode 0755',
  ],
  [
    "a script's interpreter",
    [`ExecStart=${program('HERE/odd')}`],
    'x.service: there is no /no-such/python to run HERE/odd with; list what brings it before the service, or correct the first line of HERE/odd',
  ],
  [
    'a script from Windows',
    [`ExecStart=${program('HERE/windows')}`],
    'x.service: the first line of HERE/windows ends in a carriage return, so there is no /bin/sh for it: write its lines without',
  ],
]
const PROGRAMS: Readonly<Record<string, readonly [string, number]>> = {
  script: ['#! /bin/sh -e\n', 0o755],
  plain: ['#!/bin/sh\n', 0o644],
  odd: ['#!/no-such/python -u\n', 0o755],
  windows: ['#!/bin/sh\r\n', 0o755],
}
for (const [what, lines, says] of cases)
  test(what, () => {
    const at = place()
    try {
      for (const [name, [text, mode]] of Object.entries(PROGRAMS)) {
        writeFileSync(`${at.path}/${name}`, text)
        chmodSync(`${at.path}/${name}`, mode)
      }
      const here = (text: string): string => text.replaceAll('HERE', at.path)
      const systemd = sh`systemctl() { printf '%s\n' ${lines.map(here)}; }`
      assert.is(at.run(join([startFunction, systemd, sh`unit=x.service; missing_here 2>&1`])).trim(), here(says))
    } finally {
      at.remove()
    }
  })

test.run()
