// @ts-check
/** Keys of the keyboard that do something anywhere on the page, and the dialog that lists them. */

import { signal } from "@preact/signals";
import { html } from "../../core/html.js";
import { Dialog } from "../dialog.js";

const STORED = "arqlight.single-keys";

/**
 * @typedef {object} Key
 * @property {string} key as `KeyboardEvent.key` has it
 * @property {string} does what it does, in the list
 * @property {(event: KeyboardEvent) => void} press
 */

export class Keys {
  /** @type {Key[]} */
  all = [];
  isListOpen = signal(false);
  /** Those who speak to their computer switch single keys off. */
  areOn = signal(localStorage.getItem(STORED) !== "off");

  constructor() {
    document.addEventListener("keydown", (event) => this.#pressed(event));
    this.add({ key: "?", does: "Show the keys", press: () => (this.isListOpen.value = true) });
  }

  /** @param {...Key} keys */
  add(...keys) {
    this.all.push(...keys);
  }

  /** @param {boolean} on */
  setOn(on) {
    this.areOn.value = on;
    localStorage.setItem(STORED, on ? "on" : "off");
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    if (!this.areOn.peek() || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
    const found = this.all.find(({ key }) => key === event.key);
    if (!found) return;
    event.preventDefault();
    found.press(event);
  }
}

/**
 * @param {EventTarget | null} target
 * @returns {boolean} whether the keys belong to a field
 */
function isTyping(target) {
  if (!(target instanceof HTMLElement)) return false;
  const isTextField = target instanceof HTMLInputElement && !["checkbox", "radio", "button"].includes(target.type);
  return isTextField || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement || target.isContentEditable;
}

/** @param {{keys: Keys}} props */
export function KeyList({ keys }) {
  if (!keys.isListOpen.value) return null;
  return html`
    <${Dialog} title="Keys" onClose=${() => (keys.isListOpen.value = false)}>
      <dl class="key-list">
        <div><dt><kbd>Ctrl</kbd> <kbd>K</kbd></dt><dd>Search, or jump to a page</dd></div>
        ${keys.all.map(({ key, does }) => html`<div key=${key}><dt><kbd>${key === "Enter" ? "↵" : key}</kbd></dt><dd>${does}</dd></div>`)}
      </dl>
      <label>
        <input type="checkbox" role="switch" checked=${keys.areOn.value}
          onChange=${(/** @type {{currentTarget: HTMLInputElement}} */ { currentTarget }) => keys.setOn(currentTarget.checked)} />
        Single keys do something
      </label>
    <//>
  `;
}
