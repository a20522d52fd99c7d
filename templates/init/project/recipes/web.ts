import { defineRecipe, file, pkg, service } from 'provision-ssh'
import * as v from 'valibot'

/** nginx, with a page of one line on port 8080. */
export const web = defineRecipe({
  name: 'web',
  attributes: v.object({ greeting: v.optional(v.string(), 'Hello') }),
  resources(host, _cluster, { greeting }) {
    const nginx = pkg('nginx', {})
    const site = file('/etc/nginx/conf.d/hello.conf', {
      content: `server { listen 8080; return 200 "${greeting} from ${host.name}\\n"; }\n`,
    })
    return [nginx, site, service('nginx', { restartOn: [nginx], reloadOn: [site] })]
  },
})
