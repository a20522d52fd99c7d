import { file, mount, service, systemdUnit, timer } from '../../../src/index.ts'
import { mountUnit } from '../../../src/resources/systemd/mount.ts'
import { sh } from '../../../src/shell/script.ts'
import type { Kind } from './part.ts'

const UNITS = '/etc/systemd/system'

/** Manual changes to a unit that is enabled and runs. */
const spoil = (unit: string) => [
  sh`systemctl stop ${unit}`,
  sh`systemctl disable ${unit}`,
  sh`systemctl disable --now ${unit}`,
  sh`rm -f ${UNITS}/${unit}`,
  sh`rm -f ${UNITS}/${unit}; systemctl daemon-reload`,
  sh`systemctl disable --now ${unit}; rm -f ${UNITS}/${unit}; systemctl mask ${unit}`,
  sh`systemctl mask --runtime ${unit}`,
  sh`echo '# more' >>${UNITS}/${unit}`,
  sh`echo '# more' >>${UNITS}/${unit}; systemctl daemon-reload`,
  sh`touch -d '+1 hour' ${UNITS}/${unit}`,
  sh`find ${UNITS} -name ${unit} -type l -delete`,
]

export const units: Readonly<Record<string, Kind>> = {
  service({ where, pick }) {
    const [name, path] = [`s${where}`, `/etc/s${where}.conf`]
    const text = [
      '[Unit]\nDescription=random\n[Service]',
      `ExecStartPre=/bin/cp ${path} /run/${name}.read`,
      ...pick(
        ['ExecStart=/bin/sleep infinity'],
        ['ExecStart=/bin/sleep infinity', 'Restart=always'],
        ['Type=oneshot', 'RemainAfterExit=yes', 'ExecStart=/bin/true'],
      ),
      ...pick([], [`ExecReload=/bin/cp ${path} /run/${name}.read`]),
      '[Install]\nWantedBy=multi-user.target\n',
    ].join('\n')
    const config = file(path, { content: pick('one', 'two') })
    const unit = systemdUnit(`${name}.service`, { content: text })
    const is = pick({}, {}, { enabled: false, running: false })
    return {
      resources: [config, unit, service(name, { ...is, restartOn: [unit], ...pick({ reloadOn: [config] }, {}) })],
      gone: [
        service(name, { ensure: 'absent' }),
        systemdUnit(`${name}.service`, { ensure: 'absent' }),
        file(path, { ensure: 'absent' }),
      ],
      breaks: [
        ...spoil(`${name}.service`),
        sh`systemctl start ${name}`,
        sh`systemctl enable ${name}`,
        sh`systemctl kill -s KILL ${name}`,
        sh`rm -f ${path}`,
        sh`echo other >${path}; systemctl restart ${name}`,
        ...('enabled' in is ? [] : [sh`rm -f ${path}; systemctl restart ${name}`]), // it has failed, as expected
      ],
    }
  },
  'masked service'({ where }) {
    const name = `m${where}`
    return {
      resources: [service(name, { masked: true })],
      gone: [service(name, { masked: false, enabled: false, running: false })],
      breaks: [
        sh`systemctl unmask ${name}`,
        sh`rm -f ${UNITS}/${name}.service`,
        sh`systemctl unmask ${name}; systemctl mask --runtime ${name}`,
      ],
    }
  },
  'drop-in'({ where, pick }) {
    const name = pick('ssh.service.d', 'cron-.service.d', 'timer.d', `no${where}.service.d`, 'user@.service.d')
    const unit = `${name}/${where}.conf`
    const content = pick('[Unit]\nDocumentation=man:x(1)\n', '[Unit]\n# é\n')
    return {
      resources: [systemdUnit(unit, { content })],
      gone: [systemdUnit(unit, { ensure: 'absent' })],
      breaks: [
        sh`rm -f ${UNITS}/${unit}`,
        sh`rm -rf ${UNITS}/${name}`,
        sh`echo '# more' >>${UNITS}/${unit}`,
        sh`rm -f ${UNITS}/${unit}; systemctl daemon-reload`,
        sh`[ -L ${UNITS}/${unit} ] || chmod 600 ${UNITS}/${unit}`,
        sh`ln -sf /dev/null ${UNITS}/${unit}`,
      ],
    }
  },
  timer({ where, pick }) {
    const name = `t${where}`
    return {
      resources: [
        timer(name, {
          onCalendar: pick('daily', ['Mon 04:00', '*-*-1/2 03:00:00 UTC'], 'hourly'),
          command: ['/bin/echo', ...pick([], ['%h $HOME ${X}', 'it\'s \\ "q"', ''], ['-n', ';'])],
          user: pick(undefined, 'daemon'),
          persistent: pick(undefined, false),
          randomizedDelay: pick(undefined, 0, 3600),
          description: pick(undefined, '100 % é'),
        }),
      ],
      gone: [timer(name, { ensure: 'absent' })],
      breaks: [
        ...spoil(`${name}.timer`),
        sh`rm -f ${UNITS}/${name}.service`,
        sh`sed -i s/echo/false/ ${UNITS}/${name}.service; systemctl daemon-reload`,
      ],
    }
  },
  mount({ where, pick }) {
    const path = `/srv/${where}-mnt${pick('', '/my dir', '/a-b', '/ünï')}`
    const what = pick(
      { device: 'tmpfs', type: 'tmpfs', options: ['size=1m', 'mode=0750'] },
      { device: 'tmpfs', type: 'tmpfs' },
      { device: '/usr/share', options: ['bind', 'ro'] },
      { device: '/usr/share', options: ['bind'] },
    )
    return {
      resources: [mount(path, what)],
      gone: [mount(path, { ensure: 'absent' })],
      breaks: [
        ...spoil(mountUnit(path)),
        sh`umount ${path}`,
        sh`umount -l ${path}`,
        sh`mount -o remount,size=2m ${path}`,
        // another file system would be refused, because it may be in use
        what.device === 'tmpfs'
          ? sh`umount ${path}; mount -t tmpfs tmpfs ${path}`
          : sh`umount ${path}; mount --bind /usr/share ${path}`,
        sh`umount ${path}; rmdir ${path}`,
      ],
    }
  },
}
