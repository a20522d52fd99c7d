import { copyFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { nameOf } from '../resources.ts'
import { slug, type Task, type Tool } from './tool.ts'

/** pyinfra, from a virtual environment. */
export const pyinfra = (venv: string): Tool => ({
  name: 'pyinfra',
  write({ folder, list, hosts, knownHosts }: Task) {
    const resources = list.map((each) => {
      if (!('content' in each)) return each
      const src = slug(nameOf(each))
      writeFileSync(join(folder, src), each.content.replace('@@', '{{ greeting }}'))
      return { ...each, content: undefined, src }
    })
    writeFileSync(join(folder, 'resources.json'), JSON.stringify(resources))
    copyFileSync(join(import.meta.dirname, 'deploy.py'), join(folder, 'deploy.py'))
    const entries = hosts.map(({ address, user, identityFile }) => [
      address,
      {
        ssh_user: user,
        ssh_key: identityFile,
        ssh_known_hosts_file: knownHosts,
        ssh_strict_host_key_checking: 'yes',
        ssh_config_file: '/dev/null',
      },
    ])
    const literal = entries.map(([address, data]) => `(${JSON.stringify(address)}, ${JSON.stringify(data)})`)
    writeFileSync(join(folder, 'inventory.py'), `all = [${literal.join(', ')}]\n`)
    return {
      argv: [join(venv, 'bin/pyinfra'), '-y', 'inventory.py', 'deploy.py'],
      cwd: folder,
      env: { HOME: folder, LC_ALL: 'C.UTF-8' },
    }
  },
})
