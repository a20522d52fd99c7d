/**
 * What a run needs while it runs: logs, locks, candidates. A tmpfs that belongs to root (0700) and is empty after a
 * boot.
 */
export const RUN_DIR = '/run/provision'

/** What must survive a boot: marks of pending restarts, blobs, downloads. It belongs to root (0700). */
export const STATE_DIR = '/var/lib/provision'
