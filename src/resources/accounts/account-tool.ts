import { shFile } from '../../shell/script.ts'

/** sh function `account TOOL WORD…`: runs a tool that changes accounts, and says in one sentence who locks it out. */
export const accountTool = shFile(import.meta.url, './account-tool.sh')
