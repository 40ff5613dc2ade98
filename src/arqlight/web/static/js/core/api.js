// @ts-check
/** Requests to the JSON API. */

import { checkSession } from "./session.js";

/**
 * @typedef {import("./types.js").Job} Job
 * @typedef {import("./types.js").PageData["urls"]} Urls
 * @typedef {{batch_id: string, event_id: string, jobs: Job[]}} Batch
 */

const UNAUTHORIZED = 401;

/** A refusal, with the server's own words; `status` is 0 when there was no answer at all. */
export class ApiError extends Error {
  /**
   * @param {number} status
   * @param {string} message
   */
  constructor(status, message) {
    super(message);
    this.name = "ApiError";
    this.status = status;
  }

  /** Whether the same request may well succeed later. */
  get isPassing() {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

/**
 * @param {Urls} urls
 */
export function createApi(urls) {
  /** @param {string} id */
  const jobUrl = (id) => urls.job + encodeURIComponent(id);
  return {
    /**
     * @param {string} id
     * @returns {string} where the whole of a job's arguments and result is
     */
    valuesUrl: (id) => `${jobUrl(id)}/values`,
    /**
     * @param {number} count
     * @returns {Promise<Batch>}
     */
    createTasks: (count) => request(urls.task, { method: "POST", body: JSON.stringify({ count }) }),
    /**
     * @param {string} id
     * @returns {Promise<Batch>}
     */
    batch: (id) => request(urls.batch + encodeURIComponent(id)),
    /**
     * @param {string} id
     * @returns {Promise<{job: Job, event_id: string}>}
     */
    job: (id) => request(jobUrl(id)),
    /**
     * @param {string} id
     * @returns {Promise<{answer: import("./vocabulary.js").AbortAnswer, job: Job}>}
     */
    abort: (id) => request(`${jobUrl(id)}/abort`, { method: "POST" }),
  };
}

/** @typedef {ReturnType<typeof createApi>} Api */

/**
 * @param {string} url
 * @param {RequestInit} [options]
 * @returns {Promise<any>}
 */
export async function request(url, options = {}) {
  const headers = { accept: "application/json", ...(options.body ? { "content-type": "application/json" } : {}) };
  const response = await fetch(url, { ...options, headers, cache: "no-store" }).catch(() => {
    throw new ApiError(0, "The server cannot be reached.");
  });
  if (response.status === UNAUTHORIZED) void checkSession();
  const body = await response.json().catch(() => null);
  if (!response.ok) throw new ApiError(response.status, problemText(body, response.status));
  if (body === null) throw new ApiError(0, "The server's answer broke off.");
  return body;
}

/**
 * @param {any} problem the body of a refusal: problem details (RFC 9457), or whatever a proxy sends
 * @param {number} status
 * @returns {string}
 */
function problemText(problem, status) {
  const detail = [problem?.detail, problem?.title].find((text) => typeof text === "string" && text !== "");
  return detail ?? `The server answered ${status}.`;
}
