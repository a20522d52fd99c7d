import type { CloudVolume } from '../../model/cloud.ts'
import type { Order } from '../provider.ts'
import type { RunInstancesCommandInput } from './sdk.ts'

/** Tags in EC2's notation. */
export const tagsOf = (tags: Readonly<Record<string, string>>) =>
  Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))

/** EC2's device name for an instance's additional disk, by its index in the settings. */
export const diskName = (i: number): string => `/dev/sd${String.fromCharCode('f'.charCodeAt(0) + i)}`

/** Filters for resources with all of the tags. Escapes the values, in which EC2 would read `*` and `?` as patterns. */
export const filtersOf = (tags: Readonly<Record<string, string>>) =>
  Object.entries(tags).map(([name, value]) => ({ Name: `tag:${name}`, Values: [value.replace(/[\\*?]/g, '\\$&')] }))

/** The disks of an order: the root disk, then the additional ones. */
function disks({ settings: { rootGb, volumes } }: Order, root: string) {
  const ebs = ({ gb, type = 'gp3', iops, throughput }: CloudVolume) => ({
    VolumeSize: gb,
    VolumeType: type as 'gp3',
    Encrypted: true,
    DeleteOnTermination: true,
    ...(iops === undefined ? {} : { Iops: iops }),
    ...(throughput === undefined ? {} : { Throughput: throughput }),
  })
  return [
    { DeviceName: root, Ebs: ebs({ gb: rootGb }) },
    ...volumes.map((volume, i) => ({ DeviceName: diskName(i), Ebs: ebs(volume) })),
  ]
}

/** Converts an order to EC2's request. The same order makes the same request, to the byte. */
export function requestOf(order: Order, root: string): RunInstancesCommandInput {
  const { settings, tags, privateAddress, protect } = order
  return {
    ClientToken: order.token,
    MinCount: 1,
    MaxCount: 1,
    ImageId: order.image,
    InstanceType: settings.type as RunInstancesCommandInput['InstanceType'],
    SubnetId: order.subnet,
    SecurityGroupIds: [...settings.securityGroups],
    UserData: Buffer.from(order.userData).toString('base64'),
    BlockDeviceMappings: disks(order, root),
    MetadataOptions: {
      HttpTokens: 'required',
      HttpEndpoint: 'enabled',
      HttpPutResponseHopLimit: settings.metadataHops,
    },
    TagSpecifications: [
      { ResourceType: 'instance', Tags: tagsOf(tags) },
      { ResourceType: 'volume', Tags: tagsOf(tags) },
    ],
    ...(privateAddress === undefined ? {} : { PrivateIpAddress: privateAddress }),
    ...(settings.instanceProfile === undefined ? {} : { IamInstanceProfile: { Name: settings.instanceProfile } }),
    ...(settings.spot ? { InstanceMarketOptions: { MarketType: 'spot' as const } } : {}),
    ...(protect ? { DisableApiTermination: true } : {}),
  }
}

/** Orders by kind: AWS gives those of one kind the same answer. */
export function kinds(orders: readonly Order[]): readonly (readonly [Order, ...Order[]])[] {
  const found = new Map<string, [Order, ...Order[]]>()
  for (const order of orders) {
    const { image, subnet, privateAddress, settings } = order
    const { type, rootGb, volumes, securityGroups, instanceProfile, spot } = settings
    const kind = JSON.stringify([
      image,
      subnet,
      privateAddress,
      type,
      rootGb,
      volumes,
      securityGroups,
      instanceProfile,
      spot,
    ])
    const alike = found.get(kind)
    if (alike) alike.push(order)
    else found.set(kind, [order])
  }
  return [...found.values()]
}
