import { join } from 'node:path'
import { aptRepository, archive, pkg } from '../../../src/index.ts'
import { hiddenPath } from '../../../src/resources/kit/path.ts'
import { sh } from '../../../src/shell/script.ts'
import type { Kind } from './part.ts'
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
          source: { file: source },
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
}
