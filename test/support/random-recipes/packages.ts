import { join } from 'node:path'
import { aptPin, aptRepository, archive, debconf, directory, git, pkg } from '../../../src/index.ts'
import { hiddenPath } from '../../../src/resources/kit/path.ts'
import { sh } from '../../../src/shell/script.ts'
import { Secret } from '../../../src/shell/secret.ts'
import { type Kind, ROOM } from './part.ts'
import { ARCHIVES, shop } from './shop.ts'

export const packages: Readonly<Record<string, Kind>> = {
  package({ number, pick }) {
    const name = `random-${number}`
    const props = { version: pick(undefined, '1.0-1', '2*'), held: pick(undefined, true) }
    return {
      resources: [pkg(name, props)],
      gone: [pkg(name, { ensure: 'absent', purge: true })],
      breaks: [
        sh`apt-get -q -y --allow-change-held-packages remove ${name}`,
        sh`dpkg --purge ${name}`,
        sh`apt-mark unhold ${name}`,
        sh`apt-get -q -y --allow-change-held-packages --allow-downgrades install ${`${name}=1.0-1`}`,
        sh`apt-get -q -y --allow-change-held-packages install ${`${name}=2.0-1`}`,
        sh`dpkg --unpack /srv/apt/${`${name}_2.0-1.deb`}`,
        sh`echo mine >>/etc/${`${name}.conf`}; dpkg -r ${name}`,
      ],
    }
  },
  repository({ where, number, pick }) {
    const [list, key] = [`/etc/apt/sources.list.d/${where}.sources`, `/etc/apt/keyrings/${where}`]
    return {
      resources: [
        aptRepository(where, {
          uris: `file:/srv/signed/${number}`,
          suites: './',
          key: pick({ content: shop().key }, { file: shop().keyFile }, { keyring: '/srv/signed/key.gpg' }),
          ...pick({}, { architectures: 'all' }),
        }),
      ],
      gone: [aptRepository(where, { ensure: 'absent' })],
      breaks: [
        sh`rm -f ${list}`,
        sh`rm -f ${key}.asc ${key}.gpg`,
        sh`echo '# more' >>${list}`,
        sh`sed -i s/signed/gone/ ${list}`,
        sh`: >${list}`,
        sh`chmod 600 ${list}`,
        sh`touch ${key}.asc ${key}.gpg`,
        sh`printf x >${key}.asc`,
      ],
    }
  },
  archive({ where, pick }) {
    const path = `/opt/${where}/app`
    const { file, format, strips } = pick(...ARCHIVES)
    const link = pick(undefined, `/opt/${where}-current`)
    const source = join(shop().folder, file)
    const strip = pick(0, strips)
    return {
      resources: [
        archive(path, {
          source: pick({ file: source }, shop().url(file)),
          ...pick({ sha256: shop().sum(file, 'sha256') }, { sha512: shop().sum(file, 'sha512') }),
          format,
          strip,
          ...(link === undefined ? {} : { link }),
          owner: pick(undefined, 'daemon'),
        }),
      ],
      gone: [archive(path, { ensure: 'absent', ...(link === undefined ? {} : { link }) })],
      breaks: [
        sh`rm -rf ${path}`,
        sh`rm -rf /opt/${where}`,
        sh`chown nobody ${path}`,
        sh`rm -rf ${path}; mkdir -p ${hiddenPath(path)}/half ${path}`,
        sh`mv ${path} ${hiddenPath(path)}-old`,
        sh`cp -R ${path} ${hiddenPath(path)}-old`,
        ...(link === undefined ? [] : [sh`rm -f ${link}`, sh`ln -sfnT / ${link}`]),
      ],
    }
  },
  'git checkout'({ where, pick }) {
    const [room, path] = [`${ROOM}/${where}`, `${ROOM}/${where}/${pick('app', 'an app', "it's", 'ünï')}`]
    const work = sh`runuser -u "$(stat -c %U ${path})" -- git -C ${path}`
    return {
      resources: [
        directory(room, { mode: '0777' }),
        git(path, {
          repository: '/srv/git/app.git',
          revision: pick('v1', 'main', 'a/b'),
          user: pick(undefined, 'daemon'),
        }),
      ],
      gone: [git(path, { ensure: 'absent' }), directory(room, { ensure: 'absent' })],
      breaks: [
        sh`rm -rf ${path}`,
        sh`rm -rf ${room}`,
        sh`${work} checkout -q v0`,
        sh`${work} remote set-url origin /nowhere`,
        sh`${work} checkout -q -b mine`,
        sh`echo mine >${path}/untracked`,
        sh`chown -R nobody ${path}`,
        sh`rm -rf ${path}/.git/refs ${path}/.git/HEAD`,
        sh`rm -rf ${path}; mkdir -p ${hiddenPath(path)}/half ${path}`,
      ],
    }
  },
  'preference of apt'({ where, pick }) {
    const path = `/etc/apt/preferences.d/${where}.pref`
    return {
      resources: [
        aptPin(where, {
          packages: pick(['no-such'], ['no-such*', 'lib+x']),
          pin: pick('release n=bookworm', 'version 1.2*', 'origin "deb.example.com"'),
          priority: pick(600, -1, 1001),
        }),
      ],
      gone: [aptPin(where, { ensure: 'absent' })],
      breaks: [
        sh`rm -f ${path}`,
        sh`: >${path}`,

        sh`chmod 600 ${path}`,
        sh`mv ${path} ${path}.x`,
      ],
    }
  },
  'answer for debconf'({ where, pick }) {
    const question = `random/${where}`
    return {
      resources: [
        debconf(question, {
          package: 'random',
          ...pick(
            { value: 'one' },
            { type: 'boolean' as const, value: true },
            { value: 'a \\ "b" $HOME  é' },
            { type: 'multiselect' as const, value: 'a, b' },
            { type: 'password' as const, value: new Secret('hidden') },
            { value: '' },
          ),
        }),
      ],
      gone: [debconf(question, { package: 'random', ensure: 'absent' })],
      breaks: [
        sh`echo ${`random ${question} string other`} | debconf-set-selections`,
        sh`printf 'UNREGISTER %s\n' ${question} | debconf-communicate random`,
        sh`printf 'FSET %s seen false\n' ${question} | debconf-communicate random`,
        sh`printf 'RESET %s\n' ${question} | debconf-communicate random`,
      ],
    }
  },
}
