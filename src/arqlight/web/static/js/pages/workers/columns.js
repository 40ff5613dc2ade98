// @ts-check
/** The columns of the table of workers. */

import { part } from "../../core/client.js";
import { bytes, count, cut } from "../../core/format.js";
import { html } from "../../core/html.js";
import { jobUrl, pageUrl } from "../../core/links.js";
import { ActionButton } from "../../views/action-button.js";
import { Copy } from "../../views/copy.js";
import { Age } from "../../views/time.js";

/**
 * @typedef {import("./model.js").Worker} Worker
 * @typedef {import("./model.js").Workers} Workers
 * @typedef {import("../../views/table.js").Column<Worker>} Column
 */

const LONGEST_CALL = 80;
const SHORT_ID = 9;
const numbers = new Intl.NumberFormat();

/** What the state of a worker looks like, as one of a job does, and what it means. @type {Record<Worker["state"], {kind: string, means: string}>} */
const STATES = {
  up: { kind: "succeeded", means: "It is up and takes jobs." },
  draining: { kind: "in_progress", means: "It takes no more jobs, and ends those that it runs." },
  lost: { kind: "failed", means: "It is gone and left jobs unfinished, which other workers take over." },
  stopped: { kind: "queued", means: "It is gone, and left no job unfinished." },
};

/**
 * @param {Workers} workers
 * @returns {Column[]}
 */
export function workerColumns(workers) {
  const { urls, live } = workers.frame;
  const { now } = live;
  return [
    {
      id: "state",
      title: "State",
      kind: "tight",
      cell: ({ state }) => html`<span class="status" data-kind=${STATES[state].kind} title=${STATES[state].means}><span class="mark" aria-hidden="true"></span>${state}</span>`,
    },
    {
      id: "worker",
      title: "Worker",
      kind: "main",
      cell: (worker) => html`
        <div class="name"><a class="call" data-row-link href=${pageUrl(urls, "jobs", { worker: worker.worker_id })}>${worker.worker_id}</a><${Copy} text=${worker.worker_id} what=${`the id ${worker.worker_id}`} /></div>
        <div class="facts"><${Facts} worker=${worker} /></div>
      `,
    },
    { id: "slots", title: "Slots", kind: "tight", cell: (worker) => html`<${Slots} worker=${worker} />` },
    { id: "running", title: "Running", cell: (worker) => html`<${Running} worker=${worker} urls=${urls} />` },
    { id: "ended", title: "Ended", kind: "number", cell: ({ info }) => info && html`<${Ended} info=${info} />` },
    { id: "memory", title: "Memory", kind: "number", cell: ({ info }) => info && bytes(info.memory_bytes) },
    {
      id: "beat",
      title: "Last beat",
      kind: "number",
      cell: ({ seen_ms, start_ms, info }) => html`
        <div><${Age} ms=${seen_ms} now=${now} /></div>
        ${info && html`<div class="beside">up <${Age} ms=${start_ms} now=${now} /></div>`}
      `,
    },
    { id: "actions", title: "Actions", kind: "tight", isTitleUnseen: true, cell: (worker) => html`<${Drain} workers=${workers} worker=${worker} />` },
  ];
}

/** @param {{worker: Worker}} props */
function Facts({ worker: { host, pid, queue, version } }) {
  const facts = [queue, host, pid !== null && `process ${pid}`, version && `arqlight ${version}`];
  return html`${facts.filter(Boolean).map((fact) => html`<span key=${fact}>${fact}</span>`)}`;
}

/** @param {{worker: Worker}} props how many of its slots are taken */
function Slots({ worker: { info, max_jobs, worker_id } }) {
  if (!info || max_jobs === null) return "";
  return html`
    <span class="slots"><meter min="0" max=${max_jobs} value=${info.jobs_running} aria-label=${`Slots of ${worker_id} that are taken`}></meter>
      <span>${numbers.format(info.jobs_running)} of ${numbers.format(max_jobs)}</span></span>
  `;
}

/** @param {{worker: Worker, urls: import("../../views/frame/frame.js").Urls}} props */
function Running({ worker: { jobs, info, worker_id, state }, urls }) {
  const all = pageUrl(urls, "jobs", { worker: worker_id, status: "in_progress" });
  if (state === "lost") return html`<span class="error">left jobs unfinished</span>`;
  if (!info || jobs.length === 0) return html`<span class="muted">–</span>`;
  const more = info.jobs_running - jobs.length;
  return html`
    <ul class="running">
      ${jobs.map(({ id, call }) => html`<li key=${id}><a class="call" href=${jobUrl(urls, id)} title=${call ?? id}>${call === null ? cut(id, SHORT_ID).text : cut(call, LONGEST_CALL).text}</a></li>`)}
      ${more > 0 && html`<li><a href=${all}>${numbers.format(more)} more</a></li>`}
    </ul>
  `;
}

/** @param {{info: import("./model.js").WorkerInfo}} props */
function Ended({ info: { jobs_complete, jobs_failed, jobs_retried } }) {
  return html`
    <div>${numbers.format(jobs_complete)}</div>
    ${jobs_failed > 0 && html`<div class="error">${numbers.format(jobs_failed)} failed</div>`}
    ${jobs_retried > 0 && html`<div class="muted">${numbers.format(jobs_retried)} retried</div>`}
  `;
}

/** @param {{workers: Workers, worker: Worker}} props */
function Drain({ workers, worker }) {
  if (worker.state !== "up" && worker.state !== "draining") return null;
  const isDraining = worker.state === "draining";
  return html`<${ActionButton} frame=${workers.frame} word=${isDraining ? "Take jobs again" : "Drain"} of=${worker.worker_id} act=${() => turn(workers, worker)} />`;
}

/**
 * @param {Workers} workers
 * @param {Worker} worker
 */
async function turn(workers, worker) {
  const { worker_id, state, info } = worker;
  const wasDraining = state === "draining";
  const { answer } = await workers.frame.api.post(`/workers/${part(worker_id)}/${wasDraining ? "undrain" : "drain"}`);
  const running = info?.jobs_running ?? 0;
  const left = running > 0 ? ` ${count(running, "job")} run${running === 1 ? "s" : ""} on.` : "";
  const before = answer === "unchanged" ? " It was told so before." : "";
  workers.frame.say(wasDraining ? `${worker_id} takes jobs again.${before}` : `${worker_id} takes no more jobs.${left}${before}`);
  workers.show({ ...worker, state: wasDraining ? "up" : "draining" });
}
