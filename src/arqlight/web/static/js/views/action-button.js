// @ts-check
/** A button that asks the API to do something, once at a time, and says what was refused. */

import { useState } from "preact/hooks";
import { html } from "../core/html.js";

/**
 * @param {object} props
 * @param {import("./frame/frame.js").Frame} props.frame
 * @param {string} props.word such as "Pause"
 * @param {string} [props.of] what it does that to, for screen readers
 * @param {string} [props.className]
 * @param {() => Promise<void>} props.act
 */
export function ActionButton({ frame, word, of = "", className = "", act }) {
  const [isBusy, setBusy] = useState(false);
  const press = async () => {
    if (isBusy) return;
    setBusy(true);
    try {
      await act();
    } catch (error) {
      frame.say(/** @type {Error} */ (error).message, { isProblem: true });
    }
    setBusy(false);
  };
  return html`
    <button type="button" class=${`action ${className}`} aria-disabled=${String(isBusy)} onClick=${press}>
      ${word}${of && html`<span class="unseen"> ${of}</span>`}
    </button>
  `;
}
