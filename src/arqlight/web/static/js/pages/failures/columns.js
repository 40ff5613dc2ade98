// @ts-check
/** The columns of the list of failures. */

import { cut } from "../../core/format.js";
import { html } from "../../core/html.js";
import { failureUrl } from "../../core/links.js";
import { SPANS } from "../../core/series.js";
import { shortType } from "../../core/words.js";
import { GroupActions } from "../../views/group-actions.js";
import { Sparkline } from "../../views/sparkline.js";
import { Age } from "../../views/time.js";

/**
 * @typedef {import("./model.js").FailuresModel} FailuresModel
 * @typedef {import("./model.js").Failure} Failure
 */

const LONGEST_MESSAGE = 300;
const numbers = new Intl.NumberFormat();

/**
 * @param {FailuresModel} model
 * @returns {import("../../views/table.js").Column<Failure>[]}
 */
export function failureColumns(model) {
  const { urls, live } = model.frame;
  const { now } = live;
  return [
    {
      id: "failure",
      title: "Failure",
      kind: "main",
      cell: (failure) => html`
        <div><a class="failure-name" data-row-link href=${failureUrl(urls, failure.fingerprint)}><strong>${shortType(failure).type}</strong> in ${failure.function}</a></div>
        <div class="error" title=${cut(failure.message, LONGEST_MESSAGE).text}>${cut(failure.message, LONGEST_MESSAGE).text || "(no message)"}</div>
        <div class="failure-where">${failure.where || "place not known"}</div>
      `,
    },
    { id: "series", title: "Over time", kind: "tight", cell: (failure) => html`<${Series} failure=${failure} model=${model} />` },
    { id: "lately", title: "In this span", kind: "number", cell: ({ series }) => numbers.format(series.reduce((sum, [, count]) => sum + count, 0)) },
    { id: "total", title: "In all", kind: "number", sort: "total", cell: ({ count }) => numbers.format(count) },
    { id: "first", title: "First", kind: "number", cell: ({ first_ms }) => html`<${Age} ms=${first_ms} now=${now} />` },
    { id: "last", title: "Last", kind: "number", sort: "last", cell: ({ last_ms }) => html`<${Age} ms=${last_ms} now=${now} />` },
    {
      id: "actions",
      title: "Actions",
      kind: "tight",
      isTitleUnseen: true,
      cell: (failure) => html`<${GroupActions} frame=${model.frame} filter=${{ fingerprint: failure.fingerprint, outcome: ["failed"] }} noun="failed job"
        of=${`${shortType(failure).type} in ${failure.function}`} actions=${["retry", "delete"]} onDone=${() => model.poll.refresh()} />`,
    },
  ];
}

/** @param {{failure: Failure, model: FailuresModel}} props */
function Series({ failure, model }) {
  const { word } = SPANS[model.query.peek().span];
  return html`<${Sparkline} points=${failure.series} steps=${model.steps.peek()} label=${`${shortType(failure).type} in ${failure.function}, last ${word.toLowerCase()}`} tone="bad" />`;
}
