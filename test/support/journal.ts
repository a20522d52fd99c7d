/**
 * sh that reads a host's journal with these arguments: all that had been said until now. Without `--sync`, what journald
 * has received and not written yet is missing, and a busy machine's journald is seconds late.
 */
export const journal = (words: string): string => `{ journalctl --sync; journalctl ${words}; }`
