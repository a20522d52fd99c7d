/** What a run needs while it runs: logs, locks, candidates. A tmpfs, root's own (0700), empty after a boot. */
export const RUN_DIR = '/run/provision'

/** What must outlive a boot: owed marks, blobs, downloads. Root's own (0700). */
export const STATE_DIR = '/var/lib/provision'
