// @ts-check
/** A job as one would ask for it elsewhere. Pure functions. */

/** @typedef {{function: string | null, args: unknown[], kwargs: Record<string, unknown>, queue: string}} Asked */

/**
 * @param {Asked} job
 * @param {string} url the whole address of the API's jobs
 * @returns {string} for a shell
 */
export function curlOf(job, url) {
  const body = JSON.stringify({ function: job.function, args: job.args, kwargs: job.kwargs, queue: job.queue });
  return `curl -X POST ${quoted(url)} -H 'content-type: application/json' -d ${quoted(body)}`;
}

/**
 * @param {Asked} job
 * @returns {string} a call of `Queue.enqueue`
 */
export function pythonOf(job) {
  const named = Object.entries(job.kwargs);
  const plain = named.every(([name]) => /^[A-Za-z_]\w*$/.test(name));
  const keywords = plain ? named.map(([name, value]) => `${name}=${literal(value)}`) : [`**${literal(job.kwargs)}`];
  const words = [literal(job.function ?? ""), ...job.args.map(literal), ...keywords, `_queue_name=${literal(job.queue)}`];
  return `await queue.enqueue(${words.join(", ")})`;
}

/**
 * @param {unknown} value any JSON
 * @returns {string} as Python has it
 */
export function literal(value) {
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  if (typeof value === "object") return `{${Object.entries(value).map(([key, one]) => `${literal(key)}: ${literal(one)}`).join(", ")}}`;
  return JSON.stringify(value);
}

/** @param {string} text for a shell */
function quoted(text) {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
