// @ts-check
/** Ctrl-K: go to a page or a job, find jobs, or do what the page offers, by typing a part of its name. */

import { signal } from "@preact/signals";
import { useState } from "preact/hooks";
import { html } from "../../core/html.js";
import { Dialog } from "../dialog.js";

/**
 * @typedef {object} Command
 * @property {string} name
 * @property {string} [hint]
 * @property {string} [href] where it leads
 * @property {() => void} [run] what it does instead
 */

export class Palette {
  /** @type {Command[]} */
  commands = [];
  isOpen = signal(false);

  /** @param {string} jobsPage the address of the list of jobs */
  constructor(jobsPage) {
    this.jobsPage = jobsPage;
    for (const link of document.querySelectorAll(".console-navigation a")) {
      this.add({ name: link.textContent ?? "", hint: "page", href: link.getAttribute("href") ?? "" });
    }
    document.addEventListener("keydown", (event) => {
      if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      this.isOpen.value = !this.isOpen.value;
    });
  }

  /** @param {...Command} commands */
  add(...commands) {
    this.commands.push(...commands);
  }

  /**
   * @param {string} typed
   * @returns {Command[]}
   */
  matching(typed) {
    const text = typed.trim();
    const found = this.commands.filter(({ name }) => name.toLowerCase().includes(text.toLowerCase()));
    if (text === "") return found;
    return [
      ...found,
      { name: `Find jobs with “${text}”`, hint: "jobs", href: `${this.jobsPage}?${new URLSearchParams({ q: text })}` },
      { name: `Open the job ${text}`, hint: "job", href: `${this.jobsPage}/${encodeURIComponent(text)}` },
    ];
  }
}

/** @param {{palette: Palette}} props */
export function PaletteDialog({ palette }) {
  return palette.isOpen.value ? html`<${Opened} palette=${palette} />` : null;
}

/** @param {{palette: Palette}} props */
function Opened({ palette }) {
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const close = () => (palette.isOpen.value = false);
  const commands = palette.matching(typed);
  const go = (/** @type {Command | undefined} */ command) => {
    close();
    if (command?.href !== undefined) location.assign(command.href);
    else command?.run?.();
  };
  const pressed = (/** @type {KeyboardEvent} */ event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) setAt((at + step + commands.length) % Math.max(1, commands.length));
    else if (event.key === "Enter") go(commands[at]);
    else return;
    event.preventDefault();
  };
  const typedIn = (/** @type {{currentTarget: HTMLInputElement}} */ { currentTarget }) => {
    setTyped(currentTarget.value);
    setAt(0);
  };
  return html`
    <${Dialog} title="Search, or jump to a page" className="palette" onClose=${close} isPlain>
      <input type="search" role="combobox" aria-label="Search, or jump to a page" aria-expanded="true" autofocus autocomplete="off"
        aria-controls="palette-list" aria-activedescendant=${commands.length ? `palette-${at}` : undefined}
        placeholder="A page, a job’s id, or text in a job" value=${typed} onInput=${typedIn} onKeyDown=${pressed} />
      <ul id="palette-list" role="listbox" aria-label="What there is">
        ${commands.map(
          (command, index) => html`
            <li key=${command.name} id=${`palette-${index}`} role="option" aria-selected=${String(index === at)}
              onClick=${() => go(command)} onPointerMove=${() => setAt(index)}>
              <span>${command.name}</span> <small>${command.hint ?? ""}</small>
            </li>
          `,
        )}
      </ul>
    <//>
  `;
}
