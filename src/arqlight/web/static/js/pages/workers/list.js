// @ts-check
/** The table of workers. */

import { useMemo } from "preact/hooks";
import { html } from "../../core/html.js";
import { pageUrl } from "../../core/links.js";
import { Empty, Loading } from "../../views/empty.js";
import { Only } from "../../views/only.js";
import { Table } from "../../views/table.js";
import { workerColumns } from "./columns.js";

/** @typedef {import("./model.js").Worker} Worker */

/** @param {{workers: import("./model.js").Workers, ids: string[], queues: string[]}} props `ids` and `queues`: only these, all if there are none */
export function WorkerList({ workers, ids, queues }) {
  const columns = useMemo(() => workerColumns(workers), []);
  if (workers.rows.value === null) return html`<${Loading} lines=${6} />`;
  const isMeant = (/** @type {Worker} */ { worker_id, queue }) =>
    (ids.length === 0 || ids.includes(worker_id)) && (queues.length === 0 || queues.includes(queue));
  const rows = workers.rows.value.filter(isMeant);
  const all = pageUrl(workers.frame.urls, "workers");
  return html`
    <${Only} names=${ids} noun="worker" all=${all} />
    ${queues.length > 0 && html`<p class="only">Only workers of ${queues.map((name) => html`<code key=${name}>${name}</code> `)} <a href=${all}>Show all workers</a></p>`}
    ${rows.length === 0
      ? html`<${NoWorkers} />`
      : html`<${Table} caption="Workers" className="workers-table" columns=${columns} items=${rows} keyOf=${workers.keyOf}
          rowProps=${(/** @type {Worker} */ { worker_id, state }) => ({ "data-worker": worker_id, "data-state": state })} />`}
  `;
}

function NoWorkers() {
  return html`
    <${Empty} title="No worker is up, and none was within the last hour.">
      <p>Start one: <code>arqlight worker your_app.WorkerSettings</code></p>
      <p>Workers of plain arq do not tell of themselves; the page about queues shows what they do.</p>
    <//>
  `;
}
