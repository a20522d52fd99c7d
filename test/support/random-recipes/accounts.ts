import { directory, group, limits, user } from '../../../src/index.ts'
import { sh } from '../../../src/shell/script.ts'
import { type Kind, ROOM } from './part.ts'

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFlOaDyBbqbYRWSDdj3wYFNdFRvMz1Dn9zvTRJkUe1JZ'

/** The homes that a user may have had: they remain after the user is removed, and his uid may be reused. */
const homes = (where: string, name: string) =>
  [`${ROOM}/home-${where}`, `${ROOM}/other-${where}`, `/home/${name}`].map((home) =>
    directory(home, { ensure: 'absent' }),
  )

export const accounts: Readonly<Record<string, Kind>> = {
  user({ where, number, pick }) {
    const name = `u${where}`
    const props = {
      uid: pick(undefined, 20_000 + number),
      group: pick(undefined, 'nogroup'),
      groups: pick(undefined, ['adm'], ['adm', 'audio', 'adm']),
      exactGroups: pick(undefined, true),
      home: pick(`${ROOM}/home-${where}`, undefined),
      shell: pick(undefined, '/bin/sh', '/usr/sbin/nologin'),
      comment: pick(undefined, '', 'Jörg "X" $HOME'),
      authorizedKeys: pick(undefined, [], [`${KEY} a`, `from="10.0.0.0/8",command="echo \\"x\\"" ${KEY} b c`]),
      ...pick({}, { system: true, createHome: true, home: `${ROOM}/home-${where}` }, { password: 'locked' as const }),
    }
    const home = sh`"$(getent passwd ${name} | cut -d : -f 6)"`
    return {
      resources: [user(name, props)],
      gone: [user(name, { ensure: 'absent' }), ...homes(where, name)],
      breaks: [
        sh`userdel -f ${name}`,
        sh`userdel -r ${name}`,
        sh`usermod -s /bin/false ${name}`,
        sh`usermod -c Other ${name}`,
        sh`usermod -G games ${name}`,
        sh`gpasswd -d ${name} adm`,
        sh`usermod -g games ${name}`,
        sh`usermod -d ${ROOM}/other-${where} ${name}`, // not in /tmp, which is emptied at boot
        sh`rm -f ${home}/.ssh/authorized_keys`,
        sh`echo ${`${KEY} intruder`} >>${home}/.ssh/authorized_keys`,
        sh`chmod 777 ${home}/.ssh`,
        sh`chown -R nobody ${home}/.ssh`,
        sh`[ ! -d ${home} ] || rm -rf ${home}`,
        sh`echo ${`${name}:secret`} | chpasswd`,
      ],
    }
  },
  limits({ where, pick }) {
    const path = `/etc/security/limits.d/l${where}.conf`
    return {
      resources: [
        limits(`l${where}`, {
          for: pick(['daemon'], ['@adm', 'daemon']),
          set: pick({ nofile: 65536 }, { core: { soft: 0, hard: 'unlimited' } }, { nice: -5, nofile: 'unlimited' }),
        }),
      ],
      gone: [limits(`l${where}`, { ensure: 'absent' })],
      breaks: [
        sh`rm -f ${path}`,
        sh`echo '# more' >>${path}`,
        sh`sed -i s/65536/4096/ ${path}`,
        sh`ln -sf /dev/null ${path}`,
      ],
    }
  },
  group({ where, number, pick }) {
    const name = `g${where}`
    const props = {
      gid: pick(undefined, 30_000 + number),
      system: pick(undefined, true),
      members: pick(undefined, ['daemon'], ['daemon', 'www-data']),
    }
    return {
      resources: [group(name, props)],
      gone: [group(name, { ensure: 'absent' })],
      breaks: [
        sh`groupdel ${name}`,
        sh`gpasswd -d daemon ${name}`,
        sh`gpasswd -a nobody ${name}`,
        sh`gpasswd -M '' ${name}`,
      ],
    }
  },
  'user in a group'({ where, pick }) {
    const [name, of] = [`v${where}`, `h${where}`]
    const as = pick('group' as const, 'groups' as const)
    return {
      resources: [group(of, {}), user(name, as === 'group' ? { group: of } : { groups: [of] })],
      gone: [user(name, { ensure: 'absent' }), ...homes(where, name), group(of, { ensure: 'absent' })],
      breaks: [
        sh`userdel -f ${name}`,
        sh`gpasswd -d ${name} ${of}`,
        sh`userdel -f ${name}; groupdel ${of}`,
        sh`groupdel -f ${of}`,
        sh`usermod -g nogroup -G '' ${name}`,
      ],
    }
  },
}
