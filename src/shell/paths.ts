/**
 * Files that a run needs only while it runs: logs, locks, candidates. On a tmpfs, owned by root (0700), empty after a
 * boot.
 */
export const RUN_DIR = '/run/provision'

/** Files that must survive a boot: marks of pending restarts, blobs, downloads. Owned by root (0700). */
export const STATE_DIR = '/var/lib/provision'
