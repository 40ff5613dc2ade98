// @ts-check
/** What came of what one did: shown in a corner, and said by screen readers. */

import { signal } from "@preact/signals";
import { html } from "../../core/html.js";

/** How long a good one stays; one that tells of a problem stays until it is closed. */
const SHOWN_MS = 10_000;

/** @typedef {{id: number, text: string, isProblem: boolean}} Notice */

export class Notices {
  #next = 1;
  all = signal(/** @type {Notice[]} */ ([]));

  /**
   * @param {string} text
   * @param {{isProblem?: boolean}} [options]
   */
  say(text, { isProblem = false } = {}) {
    const notice = { id: this.#next++, text, isProblem };
    this.all.value = [...this.all.value.filter((other) => other.text !== text), notice].slice(-4);
    if (!isProblem) setTimeout(() => this.close(notice.id), SHOWN_MS);
  }

  /** @param {number} id */
  close(id) {
    this.all.value = this.all.value.filter((notice) => notice.id !== id);
  }
}

/** @param {{notices: Notices}} props */
export function NoticeList({ notices }) {
  return html`
    <div class="toasts" role="status" aria-label="What has just been done">
      ${notices.all.value.map(
        ({ id, text, isProblem }) => html`
          <p key=${id} class="toast" data-problem=${String(isProblem)}>
            <span>${text}</span>
            <button type="button" class="quiet" aria-label="Close this notice" onClick=${() => notices.close(id)}>✕</button>
          </p>
        `,
      )}
    </div>
  `;
}
