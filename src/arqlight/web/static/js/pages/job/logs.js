// @ts-check
/** What a job logged, as it comes. */

import { useLayoutEffect, useRef } from "preact/hooks";
import { cut } from "../../core/format.js";
import { html } from "../../core/html.js";
import { Panel } from "./values.js";

const LONGEST_LINE = 10_000;
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3 });

/** @param {{model: import("./model.js").JobModel}} props */
export function Logs({ model }) {
  const lines = model.history.value?.logs ?? [];
  const box = useRef(/** @type {HTMLOListElement | null} */ (null));
  const wasAtEnd = useRef(true);
  useLayoutEffect(() => {
    if (box.current && wasAtEnd.current) box.current.scrollTop = box.current.scrollHeight;
  }, [lines.length]);
  const scrolled = () => {
    const list = box.current;
    if (list) wasAtEnd.current = list.scrollTop + list.clientHeight >= list.scrollHeight - 8;
  };
  if (lines.length === 0) return null;
  return html`
    <${Panel} name="Log" id="log" text=${() => lines.map((line) => `${clock.format(line.at_ms)} ${line.level} ${line.text}`).join("\n")}>
      <ol class="log" ref=${box} tabindex="0" aria-label="Lines of the log" onScroll=${scrolled}>
        ${lines.map(
          (line) => html`
            <li key=${line.id} data-level=${line.level.toLowerCase()} title=${line.logger}>
              <time datetime=${new Date(line.at_ms).toISOString()}>${clock.format(line.at_ms)}</time>
              <span class="log-level">${line.level}</span>
              <span class="log-text">${cut(line.text, LONGEST_LINE).text}</span>
            </li>
          `,
        )}
      </ol>
    <//>
  `;
}
