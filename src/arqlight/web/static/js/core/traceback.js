// @ts-check
/** A traceback of Python's in parts, so that the frames of libraries can be folded. Pure functions. */

/** @typedef {{isLibrary: boolean, frames: number, text: string}} Part lines that belong together; `frames` is 0 for what is no frame */

/** Where code lies that is not the reader's own. */
const LIBRARY = /[\\/](?:site-packages|dist-packages|lib[\\/]python\d[^\\/]*|arqlight[\\/]worker)[\\/]|^<frozen /;

/**
 * @param {string} text
 * @returns {Part[]} all of it, in its order
 */
export function partsOf(text) {
  /** @type {Part[]} */
  const parts = [];
  for (const one of entries(text)) {
    const last = parts.at(-1);
    if (last && last.isLibrary === one.isLibrary && last.frames > 0 === one.frames > 0) {
      last.text += `\n${one.text}`;
      last.frames += one.frames;
    } else parts.push({ ...one });
  }
  return parts;
}

/**
 * @param {string} text
 * @returns {Part[]} one for each frame with its lines of code, one for each other line
 */
function entries(text) {
  /** @type {Part[]} */
  const found = [];
  for (const line of text.replace(/\n$/, "").split("\n")) {
    const frame = /^\s*(?:\| )?\s*File "(.*)", line \d+/.exec(line);
    const last = found.at(-1);
    if (frame) found.push({ isLibrary: LIBRARY.test(frame[1] ?? ""), frames: 1, text: line });
    else if (last && last.frames > 0 && /^\s{4}/.test(line)) last.text += `\n${line}`;
    else found.push({ isLibrary: false, frames: 0, text: line });
  }
  return found;
}
