// @ts-check
/** What can be done with a cron job. */

import { useState } from "preact/hooks";
import { part } from "../../core/client.js";
import { html } from "../../core/html.js";
import { ActionButton } from "../../views/action-button.js";

/**
 * @typedef {import("./list.js").Schedule} Schedule
 * @typedef {import("./list.js").Schedules} Schedules
 */

/** @param {{schedules: Schedules, schedule: Schedule}} props */
export function Switch({ schedules, schedule }) {
  const [isBusy, setBusy] = useState(false);
  const { name, enabled, workers } = schedule;
  const change = async (/** @type {{currentTarget: HTMLInputElement}} */ { currentTarget }) => {
    if (!isBusy) {
      setBusy(true);
      await turn(schedules, schedule);
      setBusy(false);
    }
    // As it truly is, whatever was clicked.
    currentTarget.checked = schedules.rows.peek()?.find((one) => one.name === name)?.enabled ?? enabled;
  };
  return html`<input type="checkbox" role="switch" aria-label=${`${name} runs at its times`} checked=${enabled} disabled=${workers === 0} aria-busy=${String(isBusy)} onChange=${change} />`;
}

/** @param {{schedules: Schedules, schedule: Schedule}} props */
export function ScheduleActions({ schedules, schedule }) {
  if (schedule.workers === 0) return null;
  return html`<${ActionButton} frame=${schedules.frame} word="Run now" of=${schedule.name} act=${() => runNow(schedules, schedule)} />`;
}

/**
 * @param {Schedules} schedules
 * @param {Schedule} schedule
 */
async function turn(schedules, schedule) {
  const { frame } = schedules;
  const { name, queue, enabled } = schedule;
  try {
    const now = await frame.api.post(`/schedules/${part(name)}/${enabled ? "off" : "on"}?${new URLSearchParams({ queue: queue ?? "" })}`);
    schedules.show({ ...schedule, enabled: now.enabled });
    frame.say(now.enabled ? `${name} is on: it runs at its times.` : `${name} is off: it does not run until it is switched on.`);
  } catch (error) {
    frame.say(/** @type {Error} */ (error).message, { isProblem: true });
  }
}

/**
 * @param {Schedules} schedules
 * @param {Schedule} schedule
 */
async function runNow(schedules, { name, queue }) {
  const { frame, poll } = schedules;
  const { job_id } = await frame.api.post(`/schedules/${part(name)}/run-now?${new URLSearchParams({ queue: queue ?? "" })}`);
  frame.say(`${name} was enqueued, as the job ${job_id}.`);
  poll.refresh();
}
