/** Numbers that a recipe states are kept free by whatever takes a number without stating it. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { foreseeNeeds } from '../../src/engine/plan/needs.ts'
import { group, pkg, type Resource, sh, user } from '../../src/index.ts'
import { RecipeError } from '../../src/model/recipe-error.ts'
import { accountTool } from '../../src/resources/accounts/account-tool.ts'
import { join } from '../../src/shell/script.ts'
import { compiled } from '../support/decided.ts'
import { place } from '../support/run-local.ts'

const test = suite('numbers of accounts')

/** Accounts by their numbers; of a group and a user each. */
const host = (uids: readonly number[], gids: readonly number[]) => {
  const table = (ids: readonly number[]) => ids.map((id) => `n${id}:x:${id}:`).join('\n')
  return sh`
    passwd=${table(uids)} group=${table(gids)}
    getent() {
      [ "$2" != -- ] || { base=$1; shift 2; set -- "$base" "$@"; }
      case $1 in passwd) all=$passwd ;; *) all=$group ;; esac
      if [ $# = 1 ]; then printf '%s\n' "$all"; else printf '%s\n' "$all" | grep -E "^($2|n$2):" || return 2; fi
    }`
}

/** What is chosen among these numbers. */
function chosen(range: string, databases: readonly string[], stated: object, first = ''): string {
  const { uid = '', gid = '', uids = [0], gids = [0] } = stated as Record<string, never>
  const at = place()
  try {
    const asks = sh`stated_uid=${uid} stated_gid=${gid}; unstated_id ${range} ${first} ${databases}`
    return at.run(join([accountTool, host(uids, gids), asks])).trim()
  } finally {
    at.remove()
  }
}

test('without a stated number, the choice is the tool’s', () => {
  assert.is(chosen('GID', ['group'], { uid: '5000' }), '')
  assert.is(chosen('UID', ['passwd'], { gid: '5000' }), '')
})

test('the next free number is never one that is stated', () => {
  assert.is(chosen('GID', ['group'], { gid: '30032 30033', gids: [0, 1000, 30031, 65534] }), '30034')
  assert.is(chosen('GID', ['group'], { gid: '7000', gids: [0] }), '1000')
  assert.is(chosen('UID', ['passwd'], { uid: '1000 1001', uids: [0] }), '1002')
  assert.is(chosen('UID', ['passwd'], { uid: '60000', uids: [59_999] }), '1000') // the range is full at its end
  assert.is(chosen('SYS_GID', ['group'], { gid: '999 997', gids: [0, 998] }), '996')
})

test('a user with a group of its own takes a number that is free as both', () => {
  assert.is(chosen('UID', ['passwd', 'group'], { gid: '1001', uids: [0, 1000], gids: [0, 1000] }), '1002')
  assert.is(chosen('UID', ['passwd', 'group'], { uid: '1002', gid: '1001', uids: [1000], gids: [1003] }), '1004')
})

test('a group of the user’s number stays that, unless it is stated or taken', () => {
  assert.is(chosen('GID', ['group'], { gid: '7000', gids: [1000] }, '5000'), '5000')
  assert.is(chosen('GID', ['group'], { gid: '5000', gids: [1000] }, '5000'), '1001')
  assert.is(chosen('GID', ['group'], { gid: '7000', gids: [1000, 5000] }, '5000'), '5001')
})

test('two that state one number are a mistake', () => {
  const fails = (...list: readonly Resource[]): string => {
    try {
      compiled(list)
    } catch (error) {
      assert.instance(error, RecipeError)
      return (error as Error).message
    }
    return 'none'
  }
  assert.match(
    fails(user('a', { uid: 5000 }), user('b', { uid: 5000 })),
    /user b and user a of recipe "one".* both have the uid 5000: give one of them another number/,
  )
  assert.match(fails(group('a', { gid: 5000 }), group('b', { gid: 5000 })), 'both have the gid 5000')
  assert.is(fails(user('a', { uid: 5000 }), group('b', { gid: 5000 })), 'none')
  assert.is(fails(user('a', { uid: 5000 }), user('a', { uid: 5000 })), 'none')
})

/** What `plan` says of steps on a host. */
function foreseen(steps: readonly Resource[], taken: readonly number[]): readonly string[] {
  const at = place()
  try {
    const accounts = steps.filter(({ type }) => type.name !== 'package')
    const own = accounts.flatMap(({ type, name, props }) => type.foresee?.([{ name, props }], steps, steps) ?? [])
    return at
      .run(join([host(taken, taken), foreseeNeeds(steps), ...own]))
      .split('\n')
      .filter((line) => line !== '')
  } finally {
    at.remove()
  }
}

test('a stated number that another account has is foreseen, unless that one goes first', () => {
  const wanted = user('a', { uid: 4300 })
  assert.equal(foreseen([wanted], [0, 4300]), [
    'user a: the uid 4300 belongs to n4300; give another uid, or list what removes n4300 before the user',
  ])
  assert.equal(foreseen([group('g', { gid: 4300 })], [0, 4300]), [
    'group g: the gid 4300 belongs to n4300; give another gid, or list what removes n4300 before the group',
  ])
  assert.equal(foreseen([user('n4300', { ensure: 'absent' }), wanted], [0, 4300]), [])
  assert.equal(foreseen([user('n4300', { uid: 4300 })], [0, 4300]), []) // it is its own
  assert.equal(foreseen([wanted], [0, 1000]), [])
})

test('a stated number of the range of packages is warned of, where a package comes before', () => {
  const wanted = user('a', { uid: 105 })
  assert.equal(foreseen([pkg('cron', {}), wanted], [0]), [
    '!\ta\tpackages take such numbers as its uid 105, and package cron comes before it: list the user before the package, or give it a number above 999',
  ])
  assert.equal(foreseen([wanted, pkg('cron', {})], [0]), [])
  assert.equal(foreseen([pkg('cron', {}), user('a', { uid: 1105 })], [0]), [])
})

test.run()
