// @ts-check
/** Says that a page shows only a part of what there is, because its address names that, and leads to all. */

import { html } from "../core/html.js";

/** @param {{names: string[], noun: string, all: string}} props `noun` such as "queue"; `all` is the page's own address */
export function Only({ names, noun, all }) {
  if (names.length === 0) return null;
  return html`
    <p class="only">Only the ${noun}${names.length > 1 ? "s" : ""} ${names.map((name, index) => html`${index > 0 && ", "}<code>${name}</code>`)}.
      <a href=${all}>Show all ${noun}s</a></p>
  `;
}
