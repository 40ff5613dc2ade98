// @ts-check
/** What every page of the console has around it, and what its module works with. */

import { render } from "preact";
import { createClient } from "../../core/client.js";
import { html } from "../../core/html.js";
import { element, pageData } from "../../core/page.js";
import { Bar } from "./bar.js";
import { KeyList, Keys } from "./keys.js";
import { Live } from "./live.js";
import { NoticeList, Notices } from "./notices.js";
import { Palette, PaletteDialog } from "./palette.js";
import { QuestionDialog, Questions } from "./question.js";
import { nextTheme } from "./theme.js";
import { createWarnings, Warnings } from "./warnings.js";

/**
 * @typedef {Record<string, string> & {api: string, console: string, events: string, stream_worker: string, jobs_page: string, new_page: string}} Urls
 * @typedef {{urls: Urls, section: string, environment: string} & Record<string, any>} ConsoleData
 *
 * @typedef {object} Frame
 * @property {ConsoleData} data what the server has put into the page
 * @property {Urls} urls
 * @property {import("../../core/client.js").Client} api
 * @property {Live} live
 * @property {Keys} keys
 * @property {Palette} palette
 * @property {Notices["say"]} say tells what came of what one did, visibly and to screen readers
 * @property {Questions["ask"]} ask asks before something is done
 */

/** @returns {Frame} the frame, drawn; a page's module begins with this */
export function startFrame() {
  const data = /** @type {ConsoleData} */ (pageData());
  const { urls } = data;
  const notices = new Notices();
  const questions = new Questions();
  const frame = {
    data,
    urls,
    api: createClient(urls.api),
    live: new Live(urls),
    keys: new Keys(),
    palette: new Palette(urls.jobs_page),
    say: notices.say.bind(notices),
    ask: questions.ask.bind(questions),
  };
  addKeys(frame);
  render(html`<${Bar} frame=${frame} />`, element("console-bar"));
  render(html`<${Warnings} texts=${createWarnings(frame)} live=${frame.live} />`, element("console-warnings"));
  render(
    html`
      <${NoticeList} notices=${notices} />
      <${QuestionDialog} questions=${questions} />
      <${KeyList} keys=${frame.keys} />
      <${PaletteDialog} palette=${frame.palette} />
    `,
    element("console-overlays"),
  );
  return frame;
}

/** @param {Frame} frame */
function addKeys({ keys, palette, live, urls }) {
  const pause = () => (live.paused.value = !live.paused.value);
  const search = () => {
    const field = document.querySelector("[data-search]");
    if (field instanceof HTMLElement) field.focus();
    else palette.isOpen.value = true;
  };
  keys.add(
    { key: "/", does: "Search", press: search },
    { key: "p", does: "Pause live updates, or go on", press: pause },
  );
  palette.add({ name: "New job", hint: "page", href: urls.new_page });
  palette.add({ name: "Change the theme", run: nextTheme }, { name: "Pause live updates, or go on", run: pause });
}
