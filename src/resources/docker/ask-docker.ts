import { shFile } from '../../shell/script.ts'

/** sh functions with which a probe asks Docker about images or containers, without starting Docker. */
export const askDocker = shFile(import.meta.url, './ask-docker.sh')
