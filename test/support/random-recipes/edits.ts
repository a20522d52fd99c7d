import { block, directory, knownHost, line } from '../../../src/index.ts'
import { hiddenPath } from '../../../src/resources/kit/path.ts'
import { sh } from '../../../src/shell/script.ts'
import { Secret } from '../../../src/shell/secret.ts'
import { type Choice, type Kind, ROOM } from './part.ts'

const KEYS = ['A'.repeat(43), 'B'.repeat(43)].map(
  (text) => `ssh-ed25519 ${Buffer.from(`\0\0\0\x0bssh-ed25519\0\0\0 ${text.slice(0, 32)}`).toString('base64')}`,
)

/** A file that others edit, too. */
const shared = ({ where, pick }: Choice) => {
  const room = `${ROOM}/${where}`
  const path = `${room}/${pick('shared', 'with space', "it's", '-dash', 'ünï', '[a]*', 'a$b`c')}`
  return { room, path, away: directory(room, { ensure: 'absent' }) }
}

/** Manual changes to such a file. */
const spoil = (path: string) => [
  sh`rm -f ${path}`,
  sh`: >${path}`,
  sh`printf 'no newline' >>${path}`,
  sh`printf 'a=9\nb=9\n' >${path}`,
  sh`printf '#a=1\n# a=2\na=3\n' >>${path}`,
  sh`sed -i 's/$/\r/' ${path}`,
  sh`printf '\377\376\n' >>${path}`,
  sh`chmod 600 ${path}; chown daemon ${path}`,
  sh`cat ${path} ${path} >${path}.two; mv ${path}.two ${path}`,
  sh`mv ${path} ${path}.real; ln -s ${path}.real ${path}`,
  sh`rm -f ${path}; echo half >${hiddenPath(path)}`,
]

export const edits: Readonly<Record<string, Kind>> = {
  line(choice) {
    const { room, path, away } = shared(choice)
    const text = choice.pick('a=1', 'a=1 \\n $HOME "q" %s', "a='é'", 'a=[1]*', 'a= \t')
    const match = choice.pick(undefined, '^#?[[:space:]]*a=', '^a=')
    const other = { path, ...choice.pick({}, { after: '^b=' }, { validate: ['test', '-s', '%s'] }) }
    const name = `line ${choice.where}`
    return {
      resources: [directory(room, {}), line(name, { line: text, ...(match && { match }), ...other })],
      gone: [line(name, { path, line: text, ensure: 'absent' }), away],
      breaks: [...spoil(path), sh`rm -rf ${room}`, sh`sed -i '/a=/d' ${path}`],
    }
  },
  'two lines and a block'(choice) {
    const { room, path, away } = shared(choice)
    const [one, two] = [
      { path, line: 'a=1', match: '^a=' },
      { path, line: 'b=2' },
    ]
    const between = { path, content: choice.pick('x\n', 'x\n\ny', new Secret('hidden\n'), '\\n $HOME %s é') }
    const names = ['a', 'b', 'c'].map((word) => `${word} of ${choice.where}`) as [string, string, string]
    return {
      resources: [
        directory(room, {}),
        line(names[0], one),
        block(names[1], { ...between, at: choice.pick('end', 'start'), comment: choice.pick('#', '//', '*') }),
        line(names[2], two),
      ],
      gone: [away],
      breaks: [
        ...spoil(path),
        sh`sed -i '/provision: begin/d' ${path}`,
        sh`sed -i '/provision: end/d' ${path}`,
        sh`sed -i '/provision: begin/,/provision: end/d' ${path}`,
        sh`sed -i 's/^x$/y/' ${path}`,
      ],
    }
  },
  'known host'(choice) {
    const { room, path, away } = shared(choice)
    const name = `${choice.where}${choice.pick('.example.com', '')}`
    const host = choice.pick(name, `[${name}]:2222`, `fd00::${choice.number + 1}`)
    return {
      resources: [directory(room, {}), knownHost(host, { path, keys: choice.pick(KEYS, KEYS.slice(1)) })],
      gone: [knownHost(host, { path, ensure: 'absent' }), away],
      breaks: [
        ...spoil(path),
        sh`printf '%s\n' ${`${host} ssh-rsa AAAA`} >>${path}`,
        sh`printf '%s\n' ${`other,${host} ${KEYS[0]} a comment`} >>${path}`,
        sh`ssh-keygen -q -H -f ${path}; rm -f ${path}.old`,
        sh`ssh-keygen -q -R ${host} -f ${path}; rm -f ${path}.old`,
      ],
    }
  },
}
