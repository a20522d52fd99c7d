import { fileURLToPath } from 'node:url'
import { bundle } from './bundle.ts'
import { architecture, type Deb, type Entry } from './deb.ts'
import { initWrapper, tcpConnect } from './mesos-scripts.ts'
import { AGENT_UNIT, MASTER_UNIT, oldUnit } from './mesos-units.ts'

const entry = (name: string): string => fileURLToPath(new URL(`../mesos/${name}.ts`, import.meta.url))

const LIBRARY = '/usr/lib/mesos-stand-in'
const PROGRAMS = ['mesos-master', 'mesos-agent', 'mesos-executor'] as const

/**
 * The programs as files, and what links to them: Node takes a file for a module by its name, so the programs themselves
 * are links.
 */
async function programs(links: Readonly<Record<string, (typeof PROGRAMS)[number]>>): Promise<Record<string, Entry>> {
  const bundles = await Promise.all(
    PROGRAMS.map(
      async (name) => [`${LIBRARY}/${name}.mjs`, { content: await bundle(entry(name)), executable: true }] as const,
    ),
  )
  return {
    ...Object.fromEntries(bundles),
    ...Object.fromEntries(Object.entries(links).map(([path, name]) => [path, { link: `${LIBRARY}/${name}.mjs` }])),
  }
}

const HELPERS = {
  '/usr/libexec/mesos/mesos-docker-executor': 'mesos-executor',
  '/usr/libexec/mesos/mesos-executor': 'mesos-executor',
} as const

const COMMON: Record<string, Entry> = {
  '/usr/libexec/mesos/mesos-tcp-connect': { content: tcpConnect, executable: true },
  '/usr/share/mesos/webui/index.html': { content: '<!DOCTYPE html><title>A stand-in for a Mesos master</title>\n' },
}

const DESCRIPTION = 'stand-in for Apache Mesos, for the tests of provision: not the real one'

/** ClusterD's package: programs in /usr/bin, two units that nobody enables, no configuration, no scripts. */
export const aventerMesos = async (): Promise<Deb> => ({
  control: {
    Package: 'aventer-mesos',
    Version: '1.11.0-0.10.0.debian12+standin',
    Architecture: architecture(),
    Maintainer: 'provision tests <nobody@localhost>',
    Section: 'devel',
    Priority: 'optional',
    Depends: 'nodejs (>= 18), libapr1',
    Description: DESCRIPTION,
  },
  files: {
    ...(await programs({ '/usr/bin/mesos-master': 'mesos-master', '/usr/bin/mesos-agent': 'mesos-agent', ...HELPERS })),
    ...COMMON,
    '/usr/bin/mesos-init-wrapper': {
      content: initWrapper({ agent: 'agent', programs: '/usr/bin', list: 'find' }),
      executable: true,
    },
    '/usr/lib/systemd/system/mesos-master.service': { content: MASTER_UNIT },
    '/usr/lib/systemd/system/mesos-agent.service': { content: AGENT_UNIT },
  },
})

const ETC: Record<string, Entry> = Object.fromEntries(
  Object.entries({
    '/etc/default/mesos': 'LOGS=/var/log/mesos\nULIMIT="-n 8192"\n',
    '/etc/default/mesos-master': 'PORT=5050\nZK=`cat /etc/mesos/zk`\n',
    '/etc/default/mesos-slave': 'MASTER=`cat /etc/mesos/zk`\n',
    '/etc/mesos/zk': 'zk://localhost:2181/mesos\n',
    '/etc/mesos-master/work_dir': '/var/lib/mesos\n',
    '/etc/mesos-master/quorum': '1\n',
    '/etc/mesos-slave/work_dir': '/var/lib/mesos\n',
  }).map(([path, content]) => [path, { content }]),
)

/**
 * Mesosphere's package of old: programs in /usr/sbin, the agent by its old name, flags in files, and both daemons
 * enabled wherever it is installed.
 */
export const mesosphereMesos = async (): Promise<Deb> => ({
  control: {
    Package: 'mesos',
    Version: '1.11.0-2.0.1.debian9+standin',
    Architecture: architecture(),
    Maintainer: 'provision tests <nobody@localhost>',
    Section: 'misc',
    Priority: 'extra',
    Depends: 'nodejs (>= 18)',
    Description: DESCRIPTION,
  },
  files: {
    ...(await programs({
      '/usr/sbin/mesos-master': 'mesos-master',
      '/usr/sbin/mesos-agent': 'mesos-agent',
      ...HELPERS,
    })),
    ...COMMON,
    ...ETC,
    '/usr/sbin/mesos-slave': { link: 'mesos-agent' },
    '/usr/bin/mesos-init-wrapper': {
      content: initWrapper({ agent: 'slave', programs: '/usr/sbin', list: 'glob' }),
      executable: true,
    },
    '/lib/systemd/system/mesos-master.service': { content: oldUnit('master') },
    '/lib/systemd/system/mesos-slave.service': { content: oldUnit('slave') },
    '/var/log/mesos': { folder: true },
    '/var/lib/mesos': { folder: true },
  },
  conffiles: Object.keys(ETC),
  scripts: {
    postinst: '#!/bin/sh\nset -e\nldconfig\nsystemctl --no-reload enable mesos-master mesos-slave || true\n',
    postrm: '#!/bin/sh\nset -e\nif [ "$1" = purge ]; then rm -rf /var/log/mesos /etc/mesos; fi\n',
  },
})
