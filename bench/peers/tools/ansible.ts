import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { nameOf, type Resource } from '../resources.ts'
import type { Task, Tool } from './tool.ts'

type Step = Readonly<Record<string, unknown>>

const module = (name: string, called: string, args: Step): Step => ({ name: called, [`ansible.builtin.${name}`]: args })

function step(each: Resource): Step {
  switch (each.kind) {
    case 'group':
      return module('group', `group ${each.name}`, { name: each.name, system: true })
    case 'user': {
      const { name, home, shell } = each
      return module('user', `user ${name}`, { name, home, shell, system: true, create_home: false })
    }
    case 'packages':
      return module('apt', 'packages', {
        name: each.names,
        install_recommends: false,
        update_cache: true,
        cache_valid_time: 86400,
      })
    case 'directory': {
      const { path, owner, mode } = each
      return module('file', `directory ${path}`, { path, state: 'directory', owner, group: owner, mode })
    }
    case 'file':
    case 'template': {
      const content = each.content.replace('@@', '{{ greeting }}')
      return module('copy', `file ${each.path}`, {
        dest: each.path,
        content,
        owner: 'root',
        group: 'root',
        mode: each.mode,
      })
    }
    case 'line':
      return module('lineinfile', `line in ${each.path}`, { path: each.path, line: each.line })
    case 'unit': {
      const dest = `/etc/systemd/system/${each.name}`
      return module('copy', `unit ${each.name}`, { dest, content: each.content, mode: '0644' })
    }
    case 'link':
      return module('file', `link ${each.path}`, { path: each.path, src: each.to, state: 'link', force: true })
    case 'service':
      return module('systemd_service', `service ${each.name}`, {
        name: each.name,
        enabled: true,
        state: 'started',
        daemon_reload: false,
      })
  }
}

/** Tasks and handlers. A drop-in's folder is a task of its own: `copy` makes none. */
function play(list: readonly Resource[]): Step {
  const handlers: Step[] = []
  const notify = new Map<string, string[]>()
  const on = (names: readonly string[], handler: Step): void => {
    if (names.length > 0) handlers.push(handler)
    for (const name of names) notify.set(name, [...(notify.get(name) ?? []), handler.name as string])
  }
  for (const each of list) {
    if (each.kind !== 'service') continue
    const { name } = each
    on(each.restartOn, module('systemd_service', `restart ${name}`, { name, state: 'restarted', daemon_reload: true }))
    on(each.reloadOn, module('systemd_service', `reload ${name}`, { name, state: 'reloaded' }))
  }
  const tasks = list.flatMap((each): Step[] => {
    const told = notify.get(nameOf(each))
    const done = { ...step(each), ...(told && { notify: told }) }
    if (each.kind !== 'unit' || !each.name.includes('/')) return [done]
    const path = `/etc/systemd/system/${each.name.split('/')[0]}`
    return [module('file', `directory of ${each.name}`, { path, state: 'directory' }), done]
  })
  return { hosts: 'all', gather_facts: false, become: true, vars: { greeting: 'hello' }, tasks, handlers }
}

const inventory = ({ hosts }: Task): string =>
  [
    '[all]',
    ...hosts.map(({ name, address }) => `${name} ansible_host=${address}`),
    '[all:vars]',
    `ansible_user=${hosts[0]?.user}`,
    `ansible_ssh_private_key_file=${hosts[0]?.identityFile}`,
    'ansible_python_interpreter=/usr/bin/python3',
    '',
  ].join('\n')

const settings = ({ knownHosts }: Task, more: readonly string[], connection: readonly string[]): string =>
  [
    '[defaults]',
    'inventory = hosts.ini',
    'host_key_checking = true',
    'forks = 50',
    ...more,
    '[ssh_connection]',
    `ssh_args = -C -o ControlMaster=auto -o ControlPersist=60s -o UserKnownHostsFile=${knownHosts} -o IdentitiesOnly=yes`,
    ...connection,
    '',
  ].join('\n')

/**
 * Ansible, with the settings that its documentation recommends.
 * @param venv where it is installed
 */
function ansibleWith(
  name: string,
  venv: string,
  more: readonly string[] = [],
  connection: readonly string[] = [],
): Tool {
  return {
    name,
    write(task: Task) {
      const { folder } = task
      writeFileSync(join(folder, 'playbook.yml'), JSON.stringify([play(task.list)], null, 1)) // JSON is YAML
      writeFileSync(join(folder, 'hosts.ini'), inventory(task))
      writeFileSync(join(folder, 'ansible.cfg'), settings(task, more, connection))
      // connections of a run before must not be found: a run by hand is a cold one
      const run = 'ANSIBLE_SSH_CONTROL_PATH_DIR=$(mktemp -d) exec "$0" playbook.yml'
      return {
        argv: ['sh', '-c', run, join(venv, 'bin/ansible-playbook')],
        cwd: folder,
        env: { HOME: folder, LC_ALL: 'C.UTF-8', ANSIBLE_CONFIG: join(folder, 'ansible.cfg') },
      }
    },
  }
}

/** As it comes, with pipelining, and with Mitogen in place of its own connections. */
export const ansibles = (
  venv: string,
  mitogen: { readonly venv: string; readonly plugins: string },
): readonly Tool[] => [
  ansibleWith('Ansible', venv),
  ansibleWith('Ansible, pipelining', venv, [], ['pipelining = true']),
  ansibleWith(
    'Ansible, Mitogen',
    mitogen.venv,
    [`strategy_plugins = ${mitogen.plugins}`, 'strategy = mitogen_linear'],
    ['pipelining = true'],
  ),
]
