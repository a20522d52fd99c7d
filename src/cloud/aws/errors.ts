import { isObject, object, text } from '../../lib/json.ts'
import { message } from '../../lib/message.ts'
import { CloudError, type CloudFailure } from '../provider.ts'

/** The request that failed, and its region. */
export interface Asked {
  /** The action, as policies name it: `ec2:RunInstances`. */
  readonly action: string
  readonly region: string
  /** The instance type, if the request names one. */
  readonly type?: string | undefined
  /** Requests go through the proxy in HTTPS_PROXY. */
  readonly proxy?: boolean
  /** Why there are no credentials, if that is known. */
  readonly login?: string | undefined
}

type Case = readonly [failure: CloudFailure, sentence: (asked: Asked, words: string) => string]

const permission: Case = [
  'permission',
  ({ action }, words) =>
    denied(words)?.startsWith('sts:')
      ? `your login may not take its role: the role's trust policy must allow it (${words})`
      : `your credentials may not ${denied(words) ?? action}: allow it in their policy (provision cloud policy prints it)`,
]
const quota: Case = [
  'quota',
  ({ region, type = 'such' }, words) =>
    `the account may have no more ${type} instances in ${region}: terminate some, or ask AWS for a higher quota (${words})`,
]
const disks: Case = [
  'quota',
  ({ region }, words) =>
    `the account may have no more disks of that kind in ${region}: lower "rootGb" and "volumes", or ask AWS for a higher quota (${words})`,
]
const capacity: Case = [
  'capacity',
  ({ type = 'such' }, words) =>
    `AWS has no ${type} instance left there at the moment: wait, or use another type or subnet (${words})`,
]
const credentials: Case = [
  'credentials',
  (_, words) => `AWS rejects your login: log in again (aws sso login), or check AWS_PROFILE and ~/.aws (${words})`,
]
const clock: Case = [
  'clock',
  (_, words) => `AWS rejects the signature: the clock of this machine is wrong, or the secret key is (${words})`,
]
const throttled: Case = [
  'throttled',
  ({ action }) => `AWS throttles ${action}: wait a minute, and run the same command again`,
]
const unreachable: Case = [
  'unreachable',
  ({ region, proxy }, words) =>
    `AWS cannot be reached in ${region}: check the name of the region and the network${proxy ? ', and the proxy in HTTPS_PROXY' : ''} (${words})`,
]
const broken: Case = [
  'unreachable',
  ({ action }, words) => `AWS could not answer ${action}: run the same command again (${words})`,
]
const busy: Case = [
  'throttled',
  (_, words) => `AWS is changing the auto-scaling group: wait a minute, and run the same command again (${words})`,
]
const gone: Case = ['gone', (_, words) => words]
/** An id in the inventory does not exist. */
const unknown: Case = [
  'refused',
  ({ region }, words) =>
    `${words}, in ${region} and for this login: ids are valid in one region and account, which "region" and "profile" set`,
]

/** Explanations of AWS's error codes. */
const CASES: Readonly<Record<string, Case>> = {
  UnauthorizedOperation: permission,
  AccessDenied: permission,
  AccessDeniedException: permission,
  InstanceLimitExceeded: quota,
  VcpuLimitExceeded: quota,
  MaxSpotInstanceCountExceeded: quota,
  VolumeLimitExceeded: disks,
  MaxIOPSLimitExceeded: disks,
  PendingVerification: [
    'quota',
    ({ region }, words) =>
      `AWS is still verifying the account for ${region}: wait a few hours, and run the same command again (${words})`,
  ],
  InsufficientInstanceCapacity: capacity,
  InsufficientHostCapacity: capacity,
  InsufficientReservedInstanceCapacity: capacity,
  InsufficientFreeAddressesInSubnet: [
    'capacity',
    (_, words) => `the subnet has no free address left: use another or a larger one (${words})`,
  ],
  SpotMaxPriceTooLow: capacity,
  Unsupported: [
    'capacity',
    ({ type = 'that type' }, words) => `the zone does not offer ${type}: use another type or subnet (${words})`,
  ],
  AuthFailure: credentials,
  ExpiredToken: credentials,
  ExpiredTokenException: credentials,
  TokenRefreshRequired: credentials,
  InvalidClientTokenId: credentials,
  UnrecognizedClientException: credentials,
  CredentialsProviderError: [
    'credentials',
    ({ login }, words) =>
      login ?? `there are no AWS credentials: log in (aws sso login), or check AWS_PROFILE and ~/.aws (${words})`,
  ],
  TokenProviderError: credentials,
  // of single sign-on and web identities
  UnauthorizedException: credentials,
  InvalidIdentityToken: credentials,
  InvalidIdentityTokenException: credentials,
  IDPRejectedClaim: credentials,
  IDPRejectedClaimException: credentials,
  // the file of a token
  ENOENT: credentials,
  EACCES: credentials,
  Blocked: ['credentials', () => 'AWS has blocked the account: its support says why'],
  OptInRequired: [
    'region',
    ({ region }, words) =>
      `the account has not opted in: enable ${region} for it, or subscribe to the image in AWS Marketplace (${words})`,
  ],
  RequestExpired: clock,
  RequestTimeTooSkewed: clock,
  SignatureDoesNotMatch: clock,
  Throttling: throttled,
  ThrottlingException: throttled,
  RequestLimitExceeded: throttled,
  EC2ThrottledException: throttled,
  SlowDown: throttled,
  ScalingActivityInProgress: busy,
  ResourceContention: busy,
  IdempotentParameterMismatch: [
    'token',
    () => 'another machine has ordered this instance: provision refresh shows it in a minute',
  ],
  'InvalidInstanceID.NotFound': gone,
  'InvalidAMIID.NotFound': unknown,
  'InvalidSubnetID.NotFound': unknown,
  'InvalidGroup.NotFound': unknown,
  TargetGroupNotFound: unknown,
  TargetGroupNotFoundException: unknown,
  LoadBalancerNotFound: unknown,
  AccessPointNotFoundException: unknown,
  InvalidBlockDeviceMapping: [
    'refused',
    (_, words) => `AWS rejects the disks: change "rootGb" and "volumes" (${words})`,
  ],
  InvalidTarget: [
    'refused',
    (_, words) => `the balancer rejects the host: name a target group of the subnets' own VPC (${words})`,
  ],
  'InvalidIPAddress.InUse': ['refused', (_, words) => `its private address is in use (${words})`],
  InternalError: broken,
  InternalFailure: broken,
  ServiceUnavailable: broken,
  Unavailable: broken,
  TimeoutError: unreachable,
  EPROXY: unreachable,
  ECONNREFUSED: unreachable,
  ECONNRESET: unreachable,
  ENOTFOUND: unreachable,
  EAI_AGAIN: unreachable,
  ETIMEDOUT: unreachable,
  EHOSTUNREACH: unreachable,
  ENETUNREACH: unreachable,
}

/** The action that a refusal names; the requested action may require others. */
const denied = (words: string): string | undefined => /perform: ([a-z0-9-]+:[A-Za-z]+)/.exec(words)?.[1]

const codesOf = (error: unknown): readonly string[] => {
  const { name, code, Code, cause } = object(isObject(error) ? error : {})
  return [text(code), text(Code), text(name), ...(cause === undefined ? [] : codesOf(cause))].filter(
    (each) => each !== '',
  )
}

/** Explains an error of AWS in one sentence. */
export function awsError(error: unknown, asked: Asked): CloudError {
  if (error instanceof CloudError) return error
  const words = message(error).replace(/\s+/g, ' ').replace(/\.$/, '').slice(0, 300)
  // The SDK gives these errors no code.
  if (/^Region (is missing|not accepted)/.test(words))
    return new CloudError('region', 'no region is given: write "region" in "cloud", or set AWS_REGION', {
      cause: error,
    })
  const codes = codesOf(error)
  const status = Number(object(object(error).$metadata).httpStatusCode)
  const known = codes
    .map((code) => (Object.hasOwn(CASES, code) ? CASES[code] : undefined))
    .find((each) => each !== undefined)
  const [failure, sentence] =
    known ??
    (status >= 500
      ? broken
      : (['refused', ({ action }) => `AWS refused ${action}: ${words} (${codes[0] ?? 'no code'})`] satisfies Case))
  return new CloudError(failure, sentence(asked, words), { cause: error })
}
