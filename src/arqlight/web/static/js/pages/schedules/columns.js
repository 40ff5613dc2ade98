// @ts-check
/** The columns of the table of cron jobs. */

import { html } from "../../core/html.js";
import { jobUrl, pageUrl } from "../../core/links.js";
import { kindOf } from "../../core/summary.js";
import { STATE_WORDS } from "../../core/words.js";
import { State } from "../../views/state.js";
import { Age, Duration } from "../../views/time.js";
import { ScheduleActions, Switch } from "./actions.js";

/**
 * @typedef {import("./list.js").Schedule} Schedule
 * @typedef {import("../../views/table.js").Column<Schedule>} Column
 */

/** What arq puts before the names of functions that run by schedule. */
const PREFIX = /^cron:/;

/**
 * @param {import("./list.js").Schedules} schedules
 * @returns {Column[]}
 */
export function scheduleColumns(schedules) {
  const { urls, live } = schedules.frame;
  const { now } = live;
  return [
    { id: "enabled", title: "On", kind: "tight", cell: (schedule) => html`<${Switch} schedules=${schedules} schedule=${schedule} />` },
    {
      id: "schedule",
      title: "Cron job",
      kind: "main",
      cell: (schedule) => html`
        <div><a class="call" data-row-link href=${pageUrl(urls, "jobs", { function: schedule.name })}>${schedule.name.replace(PREFIX, "")}</a>
          ${schedule.workers === 0 && html` <span class="tag" data-level="odd">no worker has it</span>`}</div>
        <div class="facts">${schedule.words && html`<span class="words">${schedule.words}</span>`}${schedule.queue && html`<code>${schedule.queue}</code>`}</div>
      `,
    },
    { id: "next", title: "Next run", kind: "number", cell: (schedule) => html`<${Next} schedule=${schedule} now=${now} />` },
    { id: "runs", title: "Last runs", kind: "tight", cell: (schedule) => html`<${Runs} runs=${begun(schedule)} name=${schedule.name} urls=${urls} />` },
    { id: "last", title: "The last one", kind: "number", cell: (schedule) => html`<${Last} run=${begun(schedule)[0]} now=${now} />` },
    { id: "run", title: "It ran", kind: "number", cell: (schedule) => html`<${Duration} ms=${begun(schedule)[0]?.run_ms} />` },
    { id: "actions", title: "Actions", kind: "tight", isTitleUnseen: true, cell: (schedule) => html`<${ScheduleActions} schedules=${schedules} schedule=${schedule} />` },
  ];
}

/**
 * @param {Schedule} schedule
 * @returns {Schedule["runs"]} the latest first, without those that are to come, which workers enqueue ahead
 */
function begun({ runs }) {
  return runs.filter(({ status }) => status === "complete" || status === "in_progress");
}

/** @param {{run: import("../../core/job-rows.js").JobRow | undefined, now: import("../../views/time.js").Now}} props */
function Last({ run, now }) {
  return run && html`<${State} job=${run} /> <${Age} ms=${run.start_ms ?? run.enqueue_ms} now=${now} />`;
}

/** @param {{schedule: Schedule, now: import("../../views/time.js").Now}} props */
function Next({ schedule: { enabled, next_ms, workers }, now }) {
  if (!enabled) return html`<span class="muted">off</span>`;
  if (workers === 0 || next_ms === null) return html`<span class="muted">–</span>`;
  return next_ms > now.value ? html`<${Age} ms=${next_ms} now=${now} />` : html`now`;
}

/** @param {{runs: Schedule["runs"], name: string, urls: import("../../views/frame/frame.js").Urls}} props a mark for each, the latest to the right */
function Runs({ runs, name, urls }) {
  if (runs.length === 0) return html`<span class="muted">none yet</span>`;
  return html`
    <ul class="run-marks" aria-label=${`The last runs of ${name}`}>
      ${[...runs].reverse().map((run) => {
        const word = STATE_WORDS[kindOf(run)];
        return html`<li key=${run.key}><a href=${jobUrl(urls, run.job_id)} data-kind=${kindOf(run)} title=${`${word}: ${run.job_id}`}><span class="mark" aria-hidden="true"></span><span class="unseen">${word}</span></a></li>`;
      })}
    </ul>
  `;
}
