// @ts-check
/** Asks before something is done that cannot be undone. */

import { signal } from "@preact/signals";
import { html } from "../../core/html.js";
import { Dialog } from "../dialog.js";

/**
 * @typedef {object} Asked
 * @property {string} title such as "Delete 12 jobs?"
 * @property {string} text what will come of it
 * @property {string} action the word on the button, such as "Delete"
 * @property {boolean} [isDangerous]
 */

export class Questions {
  /** @type {((answer: boolean) => void) | null} */
  #answer = null;
  asked = signal(/** @type {Asked | null} */ (null));

  /**
   * @param {Asked} question
   * @returns {Promise<boolean>}
   */
  ask(question) {
    this.answer(false);
    this.asked.value = question;
    return new Promise((resolve) => (this.#answer = resolve));
  }

  /** @param {boolean} answer */
  answer(answer) {
    this.asked.value = null;
    this.#answer?.(answer);
    this.#answer = null;
  }
}

/** @param {{questions: Questions}} props */
export function QuestionDialog({ questions }) {
  const asked = questions.asked.value;
  if (asked === null) return null;
  const no = () => questions.answer(false);
  return html`
    <${Dialog} title=${asked.title} onClose=${no} footer=${html`
      <button type="button" class="secondary" onClick=${no} autofocus>Cancel</button>
      <button type="button" class=${asked.isDangerous ? "danger" : ""} onClick=${() => questions.answer(true)}>${asked.action}</button>
    `}>
      <p>${asked.text}</p>
    <//>
  `;
}
