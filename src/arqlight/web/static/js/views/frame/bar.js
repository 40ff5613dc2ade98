// @ts-check
/** The bar at the top of each page: search, how fresh the page is, pause, theme, keys. */

import { html } from "../../core/html.js";
import { timeOfDay } from "../../core/format.js";
import { nextTheme, theme } from "./theme.js";

/**
 * @typedef {import("./frame.js").Frame} Frame
 * @typedef {import("./live.js").Live} Live
 */

/** @type {Record<import("./live.js").Standing, string>} */
const WORDS = { live: "Live", connecting: "Connecting…", lost: "Reconnecting…", paused: "Paused" };
/** As the style sheet calls them. @type {Record<import("./live.js").Standing, string>} */
const STATES = { live: "open", connecting: "connecting", lost: "lost", paused: "paused" };

/** @param {{frame: Frame}} props */
export function Bar({ frame }) {
  const isPaused = frame.live.paused.value;
  const find = () => (frame.palette.isOpen.value = true);
  return html`
    <button type="button" class="find" onClick=${find}>
      <span>Search, or jump to…</span> <span class="find-keys" aria-hidden="true"><kbd>Ctrl</kbd> <kbd>K</kbd></span>
    </button>
    <${Connection} live=${frame.live} />
    <div class="bar-buttons">
      <button type="button" class="quiet" aria-pressed=${String(isPaused)} title="Stop live updates, or go on"
        onClick=${() => (frame.live.paused.value = !isPaused)}>${isPaused ? "Go on" : "Pause"}</button>
      <button type="button" class="quiet" title="Change the theme" onClick=${nextTheme}>
        <span class="unseen">Theme: </span>${{ system: "Auto", light: "Light", dark: "Dark" }[theme.value]}
      </button>
      <button type="button" class="quiet keys-button" aria-label="Show the keys" title="Keys" onClick=${() => (frame.keys.isListOpen.value = true)}>?</button>
    </div>
  `;
}

/** @param {{live: Live}} props */
function Connection({ live }) {
  const standing = live.standing.value;
  const asOf = live.asOf.value;
  const age = standing !== "live" && asOf !== null ? `, as of ${timeOfDay(asOf, Date.now())}` : "";
  return html`<p id="connection" class="connection" role="status" data-state=${STATES[standing]}>${WORDS[standing]}${age}</p>`;
}
