import { defineRole } from 'provision-ssh'
import { web } from '../recipes/web.ts'

export const role = defineRole({ name: 'web', recipes: [web] })
