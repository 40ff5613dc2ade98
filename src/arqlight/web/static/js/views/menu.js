// @ts-check
/** A button that opens a small panel; Escape, or a click anywhere else, closes it. */

import { useEffect, useRef, useState } from "preact/hooks";
import { html } from "../core/html.js";

/** @param {{title: string, children?: any}} props */
export function Menu({ title, children }) {
  const box = useRef(/** @type {HTMLDivElement | null} */ (null));
  const button = useRef(/** @type {HTMLButtonElement | null} */ (null));
  const [isOpen, setOpen] = useState(false);
  useEffect(() => {
    if (!isOpen) return undefined;
    const pressed = (/** @type {PointerEvent} */ event) => {
      if (!box.current?.contains(/** @type {Node} */ (event.target))) setOpen(false);
    };
    document.addEventListener("pointerdown", pressed);
    return () => document.removeEventListener("pointerdown", pressed);
  }, [isOpen]);
  const escape = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Escape" || !isOpen) return;
    setOpen(false);
    button.current?.focus();
  };
  return html`
    <div class="menu" ref=${box} onKeyDown=${escape}>
      <button type="button" class="action" ref=${button} aria-expanded=${String(isOpen)} onClick=${() => setOpen(!isOpen)}>
        ${title}<span class="menu-mark" aria-hidden="true"></span>
      </button>
      ${isOpen && html`<div class="menu-panel">${children}</div>`}
    </div>
  `;
}
