import { pullFunction } from '../../shell/docker-pull.ts'
import { fullDisksFunction } from '../../shell/full-disks.ts'
import { type Blob, dropBlob, join, type Script, sh } from '../../shell/script.ts'

/**
 * Prints `there` or `absent` for an image, after a line `PATH`, a tab and `is full` for each full file system that
 * holds Docker's data or the agent's directory. With an id, an image with another id is absent. Fails if Docker does
 * not answer.
 */
export const lookScript = (image: string, id: string, workDir: string): Script =>
  join([fullDisksFunction, sh`work=${workDir}`, look(image, id)])

const look = (image: string, id: string): Script => sh`
  docker version >/dev/null || exit 1
  data=$(docker info --format '{{.DockerRootDir}}' 2>/dev/null) || data=
  full=$(full_disks)
  [ -z "$full" ] || df --output=target -- "$data" "$work" 2>/dev/null | sort -u | while IFS= read -r holder; do
    printf '%s\n' "$full" | at=$holder awk -F '\t' '$1 == ENVIRON["at"]'
  done
  has=$(docker image inspect --format '{{.Id}}' ${image} 2>/dev/null) || has=
  want=${id}
  if [ -n "$has" ] && { [ -z "$want" ] || [ "$want" = "$has" ]; }; then echo there; else echo absent; fi
`

/** Loads an image from an uploaded file, and removes the file. Checks that the image then exists under its name. */
export const loadScript = (image: string, blob: Blob): Script => sh`
  set -e
  trap '${dropBlob(blob)}' EXIT
  docker load -q -i ${{ blob }} >&2
  docker image inspect ${image} >/dev/null 2>&1 || { echo ${`the file contains no image ${image}`} >&2; exit 1; }
`

/** Pulls an image; fails if the download stalls. */
export const pullScript = (image: string): Script => join([pullFunction, sh`pull ${image} >/dev/null`])
