// @ts-check
/** Views that this browser keeps: a name for a filter and an order. And the list as a file. */

import { signal } from "@preact/signals";
import { useState } from "preact/hooks";
import { queryOf } from "../../core/client.js";
import { html } from "../../core/html.js";
import { Menu } from "../../views/menu.js";
import { ofAddress, toAddress } from "./query.js";

/**
 * @typedef {import("./model.js").JobsModel} JobsModel
 * @typedef {{name: string, search: string}} SavedView
 */

const STORED = "arqlight.views";

/** @returns {SavedView[]} */
function stored() {
  try {
    const views = JSON.parse(localStorage.getItem(STORED) ?? "[]");
    return Array.isArray(views) ? views.filter((view) => typeof view?.name === "string" && typeof view?.search === "string") : [];
  } catch {
    return [];
  }
}

const views = signal(stored());

/** @param {SavedView[]} next */
function keep(next) {
  views.value = next;
  localStorage.setItem(STORED, JSON.stringify(next));
}

/** @param {{model: JobsModel}} props */
export function SavedViews({ model }) {
  const [name, setName] = useState("");
  const search = toAddress({ ...model.query.value, cursor: null });
  const others = (/** @type {string} */ not) => views.value.filter((view) => view.name !== not);
  const save = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (name.trim() === "") return;
    keep([...others(name.trim()), { name: name.trim(), search }]);
    model.frame.say(`The view “${name.trim()}” is saved in this browser.`);
    setName("");
  };
  const show = (/** @type {SavedView} */ view) => model.set(ofAddress(view.search));
  return html`
    <${Menu} title="Views">
      ${views.value.length === 0 && html`<p class="menu-note">Save a filter and an order under a name, and find them here again.</p>`}
      <ul>${views.value.map(
        (view) => html`
          <li key=${view.name}>
            <button type="button" class="menu-item" aria-current=${view.search === search ? "true" : undefined} onClick=${() => show(view)}>${view.name}</button>
            <button type="button" class="quiet" aria-label=${`Forget the view ${view.name}`} onClick=${() => keep(others(view.name))}>✕</button>
          </li>
        `,
      )}</ul>
      <form class="menu-form" onSubmit=${save}>
        <input type="text" aria-label="The view’s name" placeholder="Name" maxlength="60" value=${name}
          onInput=${(/** @type {{currentTarget: HTMLInputElement}} */ { currentTarget }) => setName(currentTarget.value)} />
        <button type="submit" class="action">Save this view</button>
      </form>
    <//>
  `;
}

/** @param {{model: JobsModel}} props */
export function Export({ model }) {
  const { filters } = model.query.value;
  const address = (/** @type {string} */ format) => model.frame.api.url("/export", queryOf({ ...filters, format }));
  return html`
    <${Menu} title="Export">
      <ul>
        <li><a class="menu-item" download href=${address("csv")}>CSV, for spreadsheets</a></li>
        <li><a class="menu-item" download href=${address("jsonl")}>JSON Lines, for programs</a></li>
      </ul>
      <p class="menu-note">All jobs that match the filters, also those on other pages.</p>
    <//>
  `;
}
