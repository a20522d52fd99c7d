import { base } from '../recipes/base.ts'
import { zookeeper } from '../recipes/zookeeper.ts'
import { defineRole } from '../src/index.ts'

/** A member of the ZooKeeper ensemble. */
export const role = defineRole({ name: 'zookeeper', recipes: [base, zookeeper] })
