// @ts-check
/** A text field that completes: what is suggested is chosen with the arrows and Enter, or by a click. */

import { useState } from "preact/hooks";
import { html } from "../core/html.js";

/**
 * @typedef {object} Option
 * @property {string} key
 * @property {string} text
 * @property {string} [hint]
 *
 * @typedef {object} ComboboxProps
 * @property {string} id
 * @property {string} label for screen readers
 * @property {string} placeholder
 * @property {string} value
 * @property {readonly Option[]} options
 * @property {(text: string) => void} onInput
 * @property {(option: Option) => void} onChoose
 * @property {() => void} [onEraseEmpty] the backspace key in an empty field
 * @property {boolean} [isSearch] whether the key `/` leads to it
 */

/** @param {ComboboxProps} props */
export function Combobox({ id, label, placeholder, value, options, onInput, onChoose, onEraseEmpty, isSearch = false }) {
  const [isOpen, setOpen] = useState(false);
  const [at, setAt] = useState(0);
  const shown = isOpen ? options : [];
  const current = shown[Math.min(at, shown.length - 1)];
  const choose = (/** @type {Option} */ option) => {
    setAt(0);
    onChoose(option);
  };
  const pressed = (/** @type {KeyboardEvent} */ event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      setOpen(true);
      if (isOpen) setAt((at + step + shown.length) % Math.max(1, shown.length));
    } else if (event.key === "Enter" && current) choose(current);
    else if (event.key === "Escape" && isOpen) setOpen(false);
    else if (event.key === "Backspace" && value === "") return onEraseEmpty?.();
    else return;
    event.preventDefault();
  };
  const typed = (/** @type {{currentTarget: HTMLInputElement}} */ { currentTarget }) => {
    setOpen(true);
    setAt(0);
    onInput(currentTarget.value);
  };
  return html`
    <div class="combobox">
      <input type="text" role="combobox" id=${id} aria-label=${label} placeholder=${placeholder} value=${value} autocomplete="off" spellcheck=${false}
        aria-expanded=${String(shown.length > 0)} aria-controls=${`${id}-list`} aria-autocomplete="list" data-search=${isSearch ? "" : undefined}
        aria-activedescendant=${current ? `${id}-${shown.indexOf(current)}` : undefined}
        onInput=${typed} onKeyDown=${pressed} onFocus=${() => setOpen(true)} onBlur=${() => setOpen(false)} />
      <ul id=${`${id}-list`} role="listbox" aria-label=${label} hidden=${shown.length === 0}>
        ${shown.map(
          (option, index) => html`
            <li key=${option.key} id=${`${id}-${index}`} role="option" aria-selected=${String(option === current)}
              onPointerDown=${(/** @type {Event} */ event) => event.preventDefault()} onClick=${() => choose(option)} onPointerMove=${() => setAt(index)}>
              <span>${option.text}</span>${option.hint && html` <small>${option.hint}</small>`}
            </li>
          `,
        )}
      </ul>
    </div>
  `;
}
