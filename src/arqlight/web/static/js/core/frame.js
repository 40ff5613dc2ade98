// @ts-check
/** Work that is done once for all that asked for it meanwhile: at the next frame, or at once. */

/** Frames stop in a hidden tab, and some browsers stop them in covered windows without saying so. */
const NO_FRAME_MS = 60;

/**
 * @typedef {object} Merged
 * @property {() => void} atFrame asks for the work to be done at the next frame, or soon where there are no frames
 * @property {() => void} atOnce asks for it as soon as what has arrived by now is taken in
 */

/**
 * @param {() => void} work
 * @returns {Merged}
 */
export function merged(work) {
  let frame = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let posted = false;
  // A message queues behind those that are there; a timer may be held back for a while.
  const channel = new MessageChannel();
  const run = () => {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
    timer = undefined;
    posted = false;
    work();
  };
  channel.port1.onmessage = () => {
    if (posted) run();
  };
  return {
    atFrame() {
      if (timer !== undefined || posted) return;
      if (!document.hidden) frame = requestAnimationFrame(run);
      timer = setTimeout(run, document.hidden ? 0 : NO_FRAME_MS);
    },
    atOnce() {
      if (posted) return;
      posted = true;
      channel.port2.postMessage(null);
    },
  };
}
