// @ts-check
/** Work that is done once per frame, however often it is asked for. */

/** Frames stop in a hidden tab, and some browsers stop them in covered windows without saying so. */
const NO_FRAME_MS = 60;

/**
 * @param {() => void} work
 * @returns {() => void} asks for the work to be done at the next frame, or soon where there are no frames
 */
export function oncePerFrame(work) {
  let frame = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const run = () => {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
    timer = undefined;
    work();
  };
  return () => {
    if (timer !== undefined) return;
    if (!document.hidden) frame = requestAnimationFrame(run);
    timer = setTimeout(run, document.hidden ? 0 : NO_FRAME_MS);
  };
}
