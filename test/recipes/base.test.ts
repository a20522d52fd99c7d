import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { base, hostEntries } from '../../recipes/base.ts'
import { clusterOf, text, wanted } from './support.ts'

const test = suite('recipes/base')

const cluster = (vars: object = {}) =>
  clusterOf({
    vars: { base: vars },
    hosts: {
      web: { address: 'web.example.com', privateAddress: '10.0.0.2', roles: ['base'] },
      db: { address: '10.0.0.1', roles: ['base'] },
      far: { address: 'far.example.com', roles: ['base'] },
    },
  })
const ids = (vars: object = {}) => wanted(base, cluster(vars), 'web').map((r) => r.id)

test('every host is named, by its private address; one that has only a name needs no line', () => {
  assert.equal(hostEntries(cluster(), { domain: undefined, hosts: {} }), [
    { address: '10.0.0.1', names: ['db'] },
    { address: '10.0.0.2', names: ['web'] },
  ])
})

test('a domain comes first, more lines last', () => {
  assert.equal(hostEntries(cluster(), { domain: 'prod.example', hosts: { '10.9.9.9': ['registry'] } }), [
    { address: '10.0.0.1', names: ['db.prod.example', 'db'] },
    { address: '10.0.0.2', names: ['web.prod.example', 'web'] },
    { address: '10.9.9.9', names: ['registry'] },
  ])
})

test('cloud-init is told before the hosts file is written', () => {
  const all = ids()
  assert.ok(all.indexOf('file /etc/cloud/cloud.cfg.d/99-provision.cfg') < all.indexOf('hosts /etc/hosts'))
})

test('time: chrony instead of timesyncd', () => {
  const all = ids()
  for (const id of ['package systemd-timesyncd', 'package chrony', 'service chrony']) assert.ok(all.includes(id), id)
  assert.is(all.indexOf('package chrony'), all.indexOf('package systemd-timesyncd') + 1)
})

test('time servers', () => {
  const resources = wanted(base, cluster({ timeServers: ['169.254.169.123'] }), 'web')
  assert.is(text(resources, 'file /etc/chrony/sources.d/provision.sources'), 'server 169.254.169.123 iburst\n')
})

test('time kept by somebody else', () =>
  assert.not.ok(ids({ timeSync: 'none' }).some((id) => /chrony|timesyncd/.test(id))))

test('packages are neighbours: one transaction', () => {
  const packages = ids().map((id) => id.startsWith('package '))
  assert.is(packages.lastIndexOf(true) - packages.indexOf(true) + 1, packages.filter(Boolean).length)
})

test('kernel settings', () => {
  assert.ok(ids().includes('sysctl net.core.somaxconn'))
  assert.equal(
    ids({ sysctl: {} }).filter((id) => id.startsWith('sysctl')),
    [],
  )
})

test.run()
