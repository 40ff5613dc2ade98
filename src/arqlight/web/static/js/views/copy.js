// @ts-check
/** A button that copies a text. */

import { useState } from "preact/hooks";
import { html } from "../core/html.js";

const SHOWN_MS = 1_500;

/** @param {{text: string | (() => string), what: string, children?: any}} props `what` it is, such as "the job’s id" */
export function Copy({ text, what, children = null }) {
  const [said, setSaid] = useState("");
  const copy = async () => {
    const isCopied = await copyText(typeof text === "function" ? text() : text);
    setSaid(isCopied ? "Copied" : "Not copied");
    setTimeout(() => setSaid(""), SHOWN_MS);
  };
  return html`
    <button type="button" class="quiet copy" title=${`Copy ${what}`} data-said=${said} onClick=${copy}>
      <span class="copy-icon" aria-hidden="true"></span>${children ?? html`<span class="unseen">Copy ${what}</span>`}
      <span class="copy-said" role="status">${said}</span>
    </button>
  `;
}

/**
 * @param {string} text
 * @returns {Promise<boolean>} whether the browser let us; it does over HTTPS and on localhost
 */
async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

/**
 * @param {string} text
 * @returns {boolean}
 */
function copyBySelection(text) {
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "unseen";
  (document.querySelector("dialog[open]") ?? document.body).append(field);
  field.select();
  const isCopied = document.execCommand("copy");
  field.remove();
  return isCopied;
}
