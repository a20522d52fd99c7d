import { join } from 'node:path'
import { container, dockerImage, nftables } from '../../../src/index.ts'
import { sh } from '../../../src/shell/script.ts'
import { Secret } from '../../../src/shell/secret.ts'
import type { Kind } from './part.ts'
import { shop } from './shop.ts'

/** The image of random containers: BusyBox. */
export const IMAGE = 'random:1'

export const daemons: Readonly<Record<string, Kind>> = {
  nftables({ where, pick }) {
    const [family, table] = [pick('inet', 'ip', 'ip6'), where]
    const unit = `provision-nftables-${family}-${table}.service`
    const file = `/etc/nftables.d/provision-${family}-${table}.nft`
    const rules = pick(
      'chain in { type filter hook input priority 0; tcp dport 31000 counter drop; }',
      'set ports { type inet_service; elements = { 31001, 31002 } }\nchain in { type filter hook input priority 5; tcp dport @ports drop; }\n',
      'chain none { }',
    )
    return {
      resources: [nftables(`${family} ${table}`, { rules })],
      gone: [nftables(`${family} ${table}`, { ensure: 'absent' })],
      breaks: [
        sh`nft delete table ${family} ${table}`,
        sh`nft add chain ${family} ${table} more`,
        sh`nft flush table ${family} ${table}`,
        sh`rm -f ${file}`,
        sh`echo '# more' >>${file}`,
        sh`echo 'not a rule' >${file}; systemctl restart ${unit}`,
        sh`systemctl disable ${unit}`,
        sh`systemctl stop ${unit}`,
        sh`rm -f /etc/systemd/system/${unit}; systemctl daemon-reload`,
        sh`systemctl restart nftables`,
      ],
    }
  },
  image({ where, pick }) {
    const name = `image-${where}:1`
    const file = pick('app.tar', 'app.tar.gz')
    return {
      resources: [
        dockerImage(name, {
          source: pick({ file: join(shop().folder, file) }, shop().url(file)),
          sha256: shop().sum(file, 'sha256'),
          import: [`LABEL where=${where}`, ...pick([], ['CMD ["/bin/x", "a b"]'])],
        }),
      ],
      gone: [dockerImage(name, { ensure: 'absent' })],
      breaks: [
        sh`docker image rm -f ${name}`,
        sh`docker tag ${IMAGE} ${name}`,
        sh`docker tag ${name} ${`kept-${where}:1`}; docker image rm ${name}`,
      ],
    }
  },
  container({ where, pick }) {
    const name = `c-${where}`
    const props = {
      image: IMAGE,
      command: ['/bin/busybox', 'sh', '-c', `trap exit TERM; /bin/busybox sleep 99999 & wait # ${pick('a', 'é "$X"')}`],
      env: pick({}, { A: 'a b"c', KEY: new Secret("s3'cret $x") }),
      volumes: pick([], [`/srv/volume-${where}:/data`]),
      network: pick(undefined, 'none'),
      user: pick(undefined, '1000:1000'),
      restart: pick('always' as const, 'unless-stopped' as const),
    }
    return {
      resources: [container(name, props)],
      gone: [container(name, { ensure: 'absent' })],
      breaks: [
        sh`docker rm -f ${name}`,
        sh`docker stop -t 1 ${name}`,
        sh`docker kill ${name}`,
        sh`docker update --restart no ${name}`,
        sh`docker rename ${name} ${`${name}.provision-old`}`,
        sh`docker pause ${name}`,
        sh`docker rm -f ${name}; docker run -d --name ${name} ${IMAGE} /bin/busybox sleep 9`,
      ],
    }
  },
}
