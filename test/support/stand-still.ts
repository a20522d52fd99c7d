/** Lets this process stand still, as on a machine that has no CPU for it, or after ^Z. */
export const standStill = (ms: number): void => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}
