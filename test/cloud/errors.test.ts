import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { awsError } from '../../src/cloud/aws/errors.ts'
import { newest, publishedAs } from '../../src/cloud/aws/images.ts'
import { requestOf } from '../../src/cloud/aws/request.ts'
import { CloudError, type Order } from '../../src/cloud/provider.ts'

// Every way in which AWS says no is one sentence, and a kind that the program acts on.
const test = suite("AWS's errors")

const asked = { action: 'ec2:RunInstances', region: 'eu-west-1', type: 't3.small' }
const error = (name: string, message = 'words', more: object = {}): Error =>
  Object.assign(new Error(message), { name, ...more })

const CASES: readonly (readonly [what: Error, failure: string, sentence: RegExp])[] = [
  [
    error('UnauthorizedOperation'),
    'permission',
    /^your credentials may not ec2:RunInstances: allow it in their policy/,
  ],
  [
    error(
      'UnauthorizedOperation',
      'User: arn:aws:iam::1:user/x is not authorized to perform: ec2:CreateTags on resource: y',
    ),
    'permission',
    /^your credentials may not ec2:CreateTags:/,
  ],
  [error('VcpuLimitExceeded'), 'quota', /^the account may have no more t3\.small instances in eu-west-1: .*quota/],
  [error('InstanceLimitExceeded'), 'quota', /quota/],
  [error('InsufficientInstanceCapacity'), 'capacity', /^AWS has no t3\.small instance left there at the moment/],
  [error('Unsupported'), 'capacity', /^the zone does not offer t3\.small: use another type or subnet/],
  [error('InsufficientFreeAddressesInSubnet'), 'capacity', /^the subnet has no free address left/],
  [error('ExpiredToken'), 'credentials', /^AWS rejects your login: log in again/],
  [error('RequestExpired'), 'clock', /the clock of this machine is wrong/],
  [error('SignatureDoesNotMatch'), 'clock', /the secret key/],
  [error('AuthFailure'), 'credentials', /log in again/],
  [
    error('CredentialsProviderError', 'Could not load credentials from any providers'),
    'credentials',
    /\(Could not load/,
  ],
  [error('Error', 'Region is missing'), 'region', /^no region is given/],
  [
    error('OptInRequired'),
    'region',
    /^the account has not opted in: enable eu-west-1 for it, or subscribe to the image in AWS Marketplace \(words\)/,
  ],
  [error('RequestLimitExceeded'), 'throttled', /^AWS throttles ec2:RunInstances: wait a minute/],
  [error('Throttling'), 'throttled', /throttles/],
  [error('ScalingActivityInProgress'), 'throttled', /is changing the auto-scaling group/],
  [error('ResourceContention'), 'throttled', /is changing the auto-scaling group/],
  [error('IdempotentParameterMismatch'), 'token', /^another machine has ordered this instance/],
  [error('InvalidInstanceID.NotFound', "The instance ID 'i-1' does not exist"), 'gone', /'i-1' does not exist/],
  [error('InvalidIPAddress.InUse', 'Address 10.0.0.9 is in use.'), 'refused', /\(Address 10\.0\.0\.9 is in use\)/],
  [
    error('InvalidAMIID.NotFound', "The image id '[ami-1]' does not exist"),
    'refused',
    /^The image id '\[ami-1\]' does not exist, in eu-west-1 and for this login: ids are valid in one region/,
  ],
  [error('InternalError'), 'unreachable', /^AWS could not answer ec2:RunInstances/],
  [error('Odd', 'x', { $metadata: { httpStatusCode: 503 } }), 'unreachable', /^AWS could not answer/],
  [
    error('Error', 'getaddrinfo ENOTFOUND', { code: 'ENOTFOUND' }),
    'unreachable',
    /^AWS cannot be reached in eu-west-1/,
  ],
  [error('TimeoutError'), 'unreachable', /cannot be reached/],
  [error('Error', 'x', { cause: error('Error', 'y', { code: 'ECONNREFUSED' }) }), 'unreachable', /cannot be reached/],
  [
    error('InvalidParameterValue', 'The\nvalue x is odd.'),
    'refused',
    /^AWS refused ec2:RunInstances: The value x is odd \(InvalidParameterValue\)$/,
  ],
  [error('VolumeLimitExceeded'), 'quota', /^the account may have no more disks .* lower "rootGb" and "volumes"/],
  [error('MaxSpotInstanceCountExceeded'), 'quota', /quota/],
  [error('PendingVerification'), 'quota', /^AWS is still verifying the account for eu-west-1: wait/],
  [
    error('InvalidBlockDeviceMapping', 'too small'),
    'refused',
    /^AWS rejects the disks: change "rootGb".*\(too small\)/,
  ],
  [error('InvalidTarget'), 'refused', /name a target group of the subnets' own VPC/],
  [error('RequestTimeTooSkewed'), 'clock', /the clock of this machine is wrong/],
  [error('UnauthorizedException', 'Session token not found or invalid'), 'credentials', /aws sso login/],
  [error('Error', "no such file or directory, open 'token'", { code: 'ENOENT' }), 'credentials', /open 'token'/],
  [
    error('AccessDenied', 'User: x is not authorized to perform: sts:AssumeRole on resource: y'),
    'permission',
    /^your login may not take its role: the role's trust policy must allow it \(User: x/,
  ],
  [error('constructor'), 'refused', /^AWS refused/],
]
for (const [what, failure, sentence] of CASES)
  test(`${what.name}: ${what.message.slice(0, 30)}`, () => {
    const told = awsError(what, asked)
    assert.is(told.failure, failure)
    assert.match(told.message, sentence)
    assert.not.match(told.message, /\n/)
    assert.is(told.cause, what)
  })

test('what a proxy may have to do with it', () => {
  const { message } = awsError(error('TimeoutError'), { ...asked, proxy: true })
  assert.match(message, /and the network, and the proxy in HTTPS_PROXY \(words\)$/)
})

test('what is a sentence already stays one', () => {
  const told = new CloudError('gone', 'x')
  assert.is(awsError(told, asked), told)
})

const IMAGES: readonly (readonly [image: string, architecture: string, name: string | undefined])[] = [
  ['debian-12', 'x86_64', 'debian-12-amd64-*'],
  ['debian-13', 'arm64', 'debian-13-arm64-*'],
  ['ubuntu-24.04', 'arm64', 'ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-arm64-server-*'],
  ['plan9', 'x86_64', undefined],
]
for (const [image, architecture, name] of IMAGES)
  test(`${image} for ${architecture}`, () => assert.is(publishedAs(image, architecture)?.name, name))

test('the newest image is taken', () => {
  const images = ['2026-01-02', '2026-03-01', '2025-12-31'].map((CreationDate) => ({
    ImageId: CreationDate,
    CreationDate,
  }))
  assert.is(newest(images), '2026-03-01')
  assert.is(newest([]), undefined)
})

const order: Order = {
  host: 'a',
  generation: 1,
  token: 'token',
  subnet: 'subnet-1',
  image: 'ami-1',
  userData: '#cloud-config\n',
  tags: { Name: 'a' },
  protect: false,
  settings: {
    provider: 'aws',
    cluster: 'dc1',
    image: 'debian-12',
    type: 't3.small',
    rootGb: 20,
    volumes: [],
    subnets: ['subnet-1'],
    securityGroups: ['sg-1'],
    spot: false,
    metadataHops: 1,
    balancers: [],
    address: 'private',
  },
}
type Request = ReturnType<typeof requestOf>
const REQUESTS: readonly (readonly [
  what: string,
  more: Partial<Order>,
  settings: Partial<Order['settings']>,
  has: (request: Request) => unknown,
  expected: unknown,
])[] = [
  ['its token', {}, {}, ({ ClientToken }) => ClientToken, 'token'],
  [
    'no public answer of the metadata service',
    {},
    { metadataHops: 2 },
    ({ MetadataOptions }) => [MetadataOptions?.HttpTokens, MetadataOptions?.HttpPutResponseHopLimit],
    ['required', 2],
  ],
  [
    'its disks',
    {},
    {
      volumes: [
        { gb: 50, iops: 4000 },
        { gb: 10, type: 'st1' },
      ],
    },
    ({ BlockDeviceMappings = [] }) =>
      BlockDeviceMappings.map(({ DeviceName, Ebs }) => [
        DeviceName,
        Ebs?.VolumeSize,
        Ebs?.VolumeType,
        Ebs?.Iops,
        Ebs?.Encrypted,
      ]),
    [
      ['/dev/xvda', 20, 'gp3', undefined, true],
      ['/dev/sdf', 50, 'gp3', 4000, true],
      ['/dev/sdg', 10, 'st1', undefined, true],
    ],
  ],
  [
    'tags of the instance and of its disks',
    {},
    {},
    ({ TagSpecifications = [] }) => TagSpecifications.map(({ ResourceType, Tags }) => [ResourceType, Tags?.[0]?.Value]),
    [
      ['instance', 'a'],
      ['volume', 'a'],
    ],
  ],
  [
    'a stated address, and protection',
    { privateAddress: '10.0.0.9', protect: true },
    {},
    ({ PrivateIpAddress, DisableApiTermination }) => [PrivateIpAddress, DisableApiTermination],
    ['10.0.0.9', true],
  ],
  [
    'none that is not stated',
    {},
    {},
    ({ PrivateIpAddress, DisableApiTermination }) => [PrivateIpAddress, DisableApiTermination],
    [undefined, undefined],
  ],
  [
    'spot and profile',
    {},
    { spot: true, instanceProfile: 'web' },
    ({ InstanceMarketOptions, IamInstanceProfile }) => [InstanceMarketOptions?.MarketType, IamInstanceProfile?.Name],
    ['spot', 'web'],
  ],
  ['its user data', {}, {}, ({ UserData = '' }) => Buffer.from(UserData, 'base64').toString(), '#cloud-config\n'],
]
for (const [what, more, settings, has, expected] of REQUESTS)
  test(`an order has ${what}`, () =>
    assert.equal(
      has(requestOf({ ...order, ...more, settings: { ...order.settings, ...settings } }, '/dev/xvda')),
      expected,
    ))

test.run()
