// @ts-check
/** Light, dark, or as the system has it. `theme.js` sets it before the page is drawn. */

import { signal } from "@preact/signals";

const STORED = "arqlight.theme";
const ORDER = /** @type {const} */ (["system", "light", "dark"]);

/** @typedef {typeof ORDER[number]} ThemeName */

export const theme = signal(/** @type {ThemeName} */ (/** @type {unknown} */ (localStorage.getItem(STORED)) ?? "system"));

/** Goes on to the next theme. */
export function nextTheme() {
  const next = ORDER[(ORDER.indexOf(theme.peek()) + 1) % ORDER.length] ?? "system";
  theme.value = next;
  if (next === "system") {
    delete document.documentElement.dataset.theme;
    localStorage.removeItem(STORED);
  } else {
    document.documentElement.dataset.theme = next;
    localStorage.setItem(STORED, next);
  }
}
