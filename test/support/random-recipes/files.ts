import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { directory, file, hostsFile, link, template, tree } from '../../../src/index.ts'
import { hiddenPath } from '../../../src/resources/kit/path.ts'
import { sh } from '../../../src/shell/script.ts'
import { Secret } from '../../../src/shell/secret.ts'
import { type Choice, type Kind, ROOM } from './part.ts'
import { shop } from './shop.ts'

const NAMES = ['plain', 'with space', "it's", '-dash', 'ünï', 'a$b`c', '*', 'back\\slash', '#hash', '~', '%s', 'a"b']
const CONTENTS = [
  'a line\n',
  '',
  'no newline at its end',
  '\n\n',
  'é ß \u2028 %s %d \\n $(id) `id` \'"\n',
  'x'.repeat(70_000),
  '\r\n\ttab\r\n',
  Buffer.from([0, 255, 10, 13, 0]),
  new Secret('hidden\n'),
]
const access = ({ pick }: Choice) => ({
  mode: pick(undefined, '0600', '0755', '4750', '0000'),
  owner: pick(undefined, 'daemon'),
  group: pick(undefined, 'adm'),
})

/** Manual changes to a file. */
const spoil = (path: string) => [
  sh`rm -f ${path}`,
  sh`[ -p ${path} ] || echo more >>${path}`,
  sh`[ -p ${path} ] || : >${path}`,
  sh`chmod 777 ${path}`,
  sh`chown nobody:nogroup ${path}`,
  sh`ln -sfnT ${ROOM}/target ${path}`,
  sh`ln -sfnT nowhere ${path}`,
  sh`rm -f ${path}; echo half >${hiddenPath(path)}`,
  sh`rm -f ${path}; mkfifo ${path}`,
]

const inRoom = (choice: Choice) => {
  const room = `${ROOM}/${choice.where}`
  return { room, path: `${room}/${choice.pick(...NAMES)}` }
}
const away = (room: string) => directory(room, { ensure: 'absent' })

export const files: Readonly<Record<string, Kind>> = {
  file(choice) {
    const { room, path } = inRoom(choice)
    return {
      resources: [directory(room, {}), file(path, { content: choice.pick(...CONTENTS), ...access(choice) })],
      gone: [file(path, { ensure: 'absent' }), away(room)],
      breaks: [...spoil(path), sh`rm -rf ${room}`],
    }
  },
  template(choice) {
    const { room, path } = inRoom(choice)
    const from = pathToFileURL(`${import.meta.dirname}/random.ejs`)
    const vars = { names: choice.pick([], ['a'], ['ünï', '<b>', '$x']), word: choice.pick('w', new Secret('s')) }
    return {
      resources: [directory(room, {}), template(path, { from, vars, ...access(choice) })],
      gone: [template(path, { ensure: 'absent' }), away(room)],
      breaks: spoil(path),
    }
  },
  directory(choice) {
    const { room, path } = inRoom(choice)
    const only = choice.pick(undefined, [], ['kept', '*'])
    return {
      resources: [
        directory(room, {}),
        directory(path, { ...(only && { only }), ...access(choice) }),
        ...(only?.length === 2 ? [file(`${path}/kept`, { content: 'k' })] : []),
      ],
      gone: [directory(path, { ensure: 'absent' }), away(room)],
      breaks: [
        sh`rm -rf ${path}`,
        sh`rm -rf ${room}`,
        sh`chmod 777 ${path}`,
        sh`chown nobody:nogroup ${path}`,
        sh`touch ${path}/stray ${path}/.hidden ${path}/-rf`,
        sh`mkdir -p ${path}/deep/er; echo x >${path}/deep/er/file`,
        sh`ln -s / ${path}/root`,
      ],
    }
  },
  'file from a URL'(choice) {
    const { room, path } = inRoom(choice)
    const from = choice.pick('app.tar.gz', 'app.gz', 'key.asc')
    const content = { url: shop().url(from), sha256: shop().sum(from, 'sha256') }
    return {
      resources: [directory(room, {}), file(path, { content, ...access(choice) })],
      gone: [file(path, { ensure: 'absent' }), away(room)],
      breaks: [...spoil(path), sh`rm -rf ${room}`],
    }
  },
  tree(choice) {
    const { room, path } = inRoom(choice)
    const only = choice.pick(false, true)
    const { mode: _, ...owners } = access(choice)
    return {
      resources: [directory(room, {}), ...tree(path, { from: join(shop().folder, 'tree'), only, ...owners })],
      gone: [directory(path, { ensure: 'absent' }), away(room)],
      breaks: [
        sh`rm -rf ${path}`,
        sh`rm -rf ${room}`,
        sh`rm -rf ${path}/empty`,
        sh`touch ${path}/stray ${path}/deep/.hidden`,
        sh`chmod 600 ${path}/deep/run; chmod 777 ${path}/deep`,
        sh`ln -sfnT nowhere ${path}/link`,
        sh`rm -f ${path}/link; echo x >${path}/link`,
        sh`chown -R nobody ${path}`,
        sh`[ ! -f ${path}/'ünï file' ] || echo more >>${path}/'ünï file'`,
      ],
    }
  },
  link(choice) {
    const { room, path } = inRoom(choice)
    const to = choice.pick('/etc', './none', '../..', 'no where', '-x', "it's/$HOME", '/srv/')
    return {
      resources: [directory(room, {}), link(path, { to })],
      gone: [link(path, { ensure: 'absent' }), away(room)],
      breaks: [
        sh`rm -f ${path}`,
        sh`ln -sfnT /usr ${path}`,
        sh`rm -f ${path}; echo x >${path}`,
        sh`rm -f ${path}; ln -s x ${hiddenPath(path)}`,
        sh`chown -h daemon ${path}; rm -rf ${room}`,
      ],
    }
  },
  hosts(choice) {
    const { where, number, pick } = choice
    const room = `${ROOM}/${where}`
    const path = pick(`${room}/hosts`, number === 0 ? '/etc/hosts' : `${room}/hosts`)
    const entries = pick(
      [{ address: '10.9.9.1', names: [`a-${where}`] }],
      [{ address: 'fd00::1', names: [`a-${where}`, `a-${where}.example.com`] }],
      [
        { address: '10.9.9.1', names: [`a-${where}`] },
        { address: '10.9.9.2', names: [`b-${where}`, `a-${where}`] },
      ],
    )
    return {
      resources: [directory(room, {}), hostsFile(path, { entries })],
      gone: [hostsFile(path, { ensure: 'absent' }), away(room)],
      breaks: [
        sh`sed -i '/provision: begin/,$d' ${path}`,
        sh`sed -i '/provision: end/d' ${path}`,
        sh`printf '10.9.9.9 other a-%s # remark\n' ${where} >>${path}`,
        sh`printf '10.9.9.9\ta-%s' ${where} >>${path}`,
        sh`chmod 600 ${path}`,
        sh`cat ${path} ${path} >${path}.two; mv ${path}.two ${path}`,
        sh`sed -i s/10.9.9.1/10.9.9.77/ ${path}`,
        sh`sed -i 's/$/\r/' ${path}`,
      ],
    }
  },
}
