import * as v from 'valibot'
import {
  backupProgram,
  type Cluster,
  consulToken,
  directory,
  file,
  type Host,
  marathonCredentials,
  type Resource,
  render,
  timer,
} from '../../src/index.ts'
import { path, whole } from '../common/attributes.ts'

/** The timer's name. */
export const BACKUP_TIMER = 'provision-backup'
const PROGRAM = '/usr/local/lib/provision/backup'
const SETTINGS = '/etc/provision-backup'

/** The variable `backup`. */
export const backupAttribute = v.optional(
  v.pipe(
    v.strictObject({
      at: v.pipe(
        v.string(),
        v.nonEmpty(),
        v.description(
          'When, in the syntax of `systemd.time(7)`: `daily`, `*-*-* 03:00:00`. `never` removes the timer.',
        ),
      ),
      keep: v.optional(whole(1, 1000, 'Backups to keep; older ones are removed once a new one is complete.'), 7),
      folder: v.optional(path('Directory of the backups, which only root can read.'), '/var/backups/provision'),
    }),
    v.description('A timer on the first member (by name) that makes [backups](operating.md#backups). Default: none.'),
  ),
)

type Backup = v.InferOutput<typeof backupAttribute>

/** The timer for backups, on one member; the others have none. */
export function backups(host: Host, cluster: Cluster, wanted: Backup): readonly Resource[] {
  if (wanted === undefined) return []
  const { at, keep, folder } = wanted
  const files = ['consul', 'marathon'].map((name) => `${SETTINGS}/${name}`)
  if (at === 'never' || cluster.withRecipe('zookeeper')[0]?.name !== host.name)
    return [
      timer(BACKUP_TIMER, { ensure: 'absent' }),
      ...[PROGRAM, ...files].map((each) => file(each, { ensure: 'absent' })),
    ]
  const [token, login] = [consulToken(host), marathonCredentials(cluster)]
  const secrets = [token, login === undefined ? undefined : render('zookeeper/marathon-login.ejs', { login })]
  return [
    directory('/usr/local/lib/provision', {}),
    directory(SETTINGS, { mode: '0700' }),
    ...files.map((each, i) => {
      const content = secrets[i]
      return file(each, content === undefined ? { ensure: 'absent' } : { content, mode: '0600' })
    }),
    file(PROGRAM, { content: backupProgram(host, cluster, { home: folder, keep, settings: SETTINGS }), mode: '0755' }),
    timer(BACKUP_TIMER, { description: 'Make a backup of the masters', onCalendar: at, command: [PROGRAM] }),
  ]
}
