// @ts-check
/** A dialog over the page: Escape or a click beside it closes it, and the focus goes back to where it was. */

import { useEffect, useRef } from "preact/hooks";
import { html } from "../core/html.js";

/**
 * @param {{title: string, onClose: () => void, children?: any, className?: string, footer?: any, isPlain?: boolean}} props
 *   `isPlain`: without a visible title and close button
 */
export function Dialog({ title, onClose, children, className = "", footer = null, isPlain = false }) {
  const box = useRef(/** @type {HTMLDialogElement | null} */ (null));
  useEffect(() => {
    const before = /** @type {HTMLElement | null} */ (document.activeElement);
    box.current?.showModal();
    return () => before?.focus();
  }, []);
  const beside = (/** @type {MouseEvent} */ event) => event.target === box.current && onClose();
  return html`
    <dialog ref=${box} class=${`dialog ${className}`} aria-label=${title} onCancel=${onClose} onClose=${onClose} onClick=${beside}>
      <article>
        ${!isPlain &&
        html`<header><h2>${title}</h2><button type="button" class="quiet" aria-label="Close" onClick=${onClose}>✕</button></header>`}
        ${children}
        ${footer && html`<footer>${footer}</footer>`}
      </article>
    </dialog>
  `;
}
