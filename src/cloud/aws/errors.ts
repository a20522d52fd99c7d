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
  /** The environment sets a proxy, which requests to AWS do not use. */
  readonly proxy?: boolean
}

type Case = readonly [failure: CloudFailure, sentence: (asked: Asked, words: string) => string]

const permission: Case = [
  'permission',
  ({ action }, words) =>
    `your credentials may not ${denied(words) ?? action}: allow it in their policy (provision cloud policy prints it)`,
]
const quota: Case = [
  'quota',
  ({ region, type = 'such' }, words) =>
    `the account may have no more ${type} instances in ${region}: end some, or ask AWS for a higher quota (${words})`,
]
const capacity: Case = [
  'capacity',
  ({ type = 'such' }, words) =>
    `AWS has no ${type} instance left there just now: wait, or take another type or subnet (${words})`,
]
const credentials: Case = [
  'credentials',
  (_, words) =>
    `AWS does not take your login: log in again (aws sso login), or check AWS_PROFILE and ~/.aws (${words})`,
]
const clock: Case = [
  'clock',
  (_, words) => `AWS does not take the signature: the clock of this machine is wrong, or the secret key is (${words})`,
]
const throttled: Case = [
  'throttled',
  ({ action }) => `AWS throttles ${action}: wait a minute, and run the same command again`,
]
const unreachable: Case = [
  'unreachable',
  ({ region, proxy }, words) =>
    `AWS cannot be reached in ${region}: check the name of the region and the network${proxy ? '; HTTPS_PROXY is set, and AWS is asked directly' : ''} (${words})`,
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
    `${words}, in ${region} and for this login: ids hold for one region, and "region" and "profile" say which`,
]

/** Explanations of AWS's error codes. */
const CASES: Readonly<Record<string, Case>> = {
  UnauthorizedOperation: permission,
  AccessDenied: permission,
  AccessDeniedException: permission,
  InstanceLimitExceeded: quota,
  VcpuLimitExceeded: quota,
  MaxSpotInstanceCountExceeded: quota,
  VolumeLimitExceeded: quota,
  InsufficientInstanceCapacity: capacity,
  InsufficientHostCapacity: capacity,
  InsufficientReservedInstanceCapacity: capacity,
  InsufficientFreeAddressesInSubnet: capacity,
  SpotMaxPriceTooLow: capacity,
  Unsupported: capacity,
  AuthFailure: credentials,
  ExpiredToken: credentials,
  ExpiredTokenException: credentials,
  TokenRefreshRequired: credentials,
  InvalidClientTokenId: credentials,
  UnrecognizedClientException: credentials,
  CredentialsProviderError: credentials,
  TokenProviderError: credentials,
  Blocked: ['credentials', () => 'AWS has blocked the account: its support says why'],
  OptInRequired: [
    'region',
    ({ region }) => `the account has not opted in to ${region}: enable the region, or name another`,
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
  'InvalidIPAddress.InUse': ['refused', (_, words) => `its private address is in use (${words})`],
  InternalError: broken,
  InternalFailure: broken,
  ServiceUnavailable: broken,
  Unavailable: broken,
  TimeoutError: unreachable,
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
