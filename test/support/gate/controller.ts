/** The process to kill: `node controller.ts COMMAND STORY`. */
import { type Command, openStory, runCommand } from './story.ts'

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true'
const [command = '', story = ''] = process.argv.slice(2)
const results = await runCommand(
  openStory(JSON.parse(story), await import('../../../src/cloud/aws/sdk.ts')),
  command as Command,
)
if (results.some(({ outcome }) => outcome === 'failed')) console.error(JSON.stringify(results))
