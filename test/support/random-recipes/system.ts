import { command, cron, directory, hostname, sysctl, timezone } from '../../../src/index.ts'
import { sh } from '../../../src/shell/script.ts'
import { type Kind, ROOM } from './part.ts'

/** Only network parameters: a sandbox host may change no others. */
const PARAMETERS = [
  'rp_filter accept_redirects send_redirects log_martians arp_ignore arp_announce arp_notify proxy_arp',
  'secure_redirects shared_media accept_source_route bootp_relay promote_secondaries proxy_arp_pvlan src_valid_mark',
  'drop_gratuitous_arp',
].flatMap((some) => some.split(' '))
const FORMS = ['net.ipv4.conf.lo.', 'net/ipv4/conf/default/', 'net.ipv4.conf.all.']

/** The number of variants: one of a kind for each part. */
export const NUMBERS = FORMS.length * PARAMETERS.length

export const system: Readonly<Record<string, Kind>> = {
  sysctl({ number, pick }) {
    const key = `${FORMS[Math.floor(number / PARAMETERS.length)]}${PARAMETERS[number % PARAMETERS.length]}`
    const boot = `/etc/sysctl.d/90-provision-${key.replaceAll('/', '-')}.conf`
    const live = key.includes('/') ? `/proc/sys/${key}` : `/proc/sys/${key.replaceAll('.', '/')}`
    return {
      resources: [sysctl(key, { value: pick(1, '1', 0) })],
      gone: [sysctl(key, { ensure: 'absent' })],
      breaks: [
        sh`echo 0 >${live}`,
        sh`echo 1 >${live}`,
        sh`rm -f ${boot}`,
        sh`echo '# more' >>${boot}`,
        sh`: >${boot}`,
        sh`sed -i 's/= ./= 5/' ${boot}`,
        sh`ln -sf /dev/null ${boot}`,
      ],
    }
  },
  command({ where, pick }) {
    const room = `${ROOM}/${where}`
    const done = `${room}/done`
    return {
      resources: [
        directory(room, { mode: '0777' }),
        command(`do ${where}`, {
          run: pick(['touch', done], sh`echo "$(cat)" >${done}`),
          ...pick({ creates: done }, { unless: ['test', '-e', done] }, { unless: sh`[ -e ${done} ]` }),
          ...pick({}, { user: 'daemon' }, { cwd: room }),
          ...pick({}, { stdin: 'x \\ $y\n' }),
          ...pick({}, { timeout: 20 }),
        }),
      ],
      gone: [directory(room, { ensure: 'absent' })],
      breaks: [sh`rm -f ${done}`, sh`rm -rf ${room}`, sh`chmod 700 ${room}`],
    }
  },
  cron({ where, pick }) {
    const [name, path] = [`c${where}`, `/etc/cron.d/c${where}`]
    return {
      resources: [
        cron(name, {
          schedule: pick('30 3 * * 1-5', '@daily', '*/5 0-6,22 1 jan *'),
          command: pick('true', `echo '100 %' "$HOME" \\ é >/dev/null # x`),
          user: pick(undefined, 'daemon'),
          environment: pick({}, { MAILTO: '', PATH: '/usr/bin:/bin' }),
        }),
      ],
      gone: [cron(name, { ensure: 'absent' })],
      breaks: [
        sh`rm -f ${path}`,
        sh`echo '# more' >>${path}`,
        sh`sed -i s/true/false/ ${path}`,
        sh`[ -L ${path} ] || chmod 666 ${path}`,
        sh`ln -sf /dev/null ${path}`,
      ],
    }
  },
  'name of the host'(choice) {
    // there is one of each on a host: others of these are told from them, and change nothing
    const { where, place, first, pick } = choice
    if (place > 0 || !first) return (system.cron as Kind)(choice)
    const name = pick(`h-${where}`, `h-${where}.example.com`)
    const zone = pick('Europe/Berlin', 'Etc/UTC', 'America/Argentina/Buenos_Aires')
    return {
      resources: [hostname(name, {}), timezone(zone, {})],
      gone: [hostname('random', {}), timezone('Etc/UTC', {})],
      breaks: [
        sh`hostname other`,
        sh`echo other >/etc/hostname`,
        sh`rm -f /etc/hostname`,
        sh`: >/etc/hostname`,
        sh`ln -sfn /usr/share/zoneinfo/Asia/Tokyo /etc/localtime`,
        sh`rm -f /etc/localtime`,
        sh`[ ! -e /etc/timezone ] || echo Asia/Tokyo >/etc/timezone`,
        sh`rm -f /etc/localtime; cp /usr/share/zoneinfo/Asia/Tokyo /etc/localtime`,
      ],
    }
  },
}
