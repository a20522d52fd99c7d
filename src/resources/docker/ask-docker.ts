import { shFile } from '../../shell/script.ts'

/** sh functions with which a probe asks Docker for images or containers, and wakes nobody. */
export const askDocker = shFile(import.meta.url, './ask-docker.sh')
