// @ts-check
/**
 * `<arqlight-job href="...">` and `<arqlight-batch href="...">`: a job or a batch, live, in any page of any site.
 *
 * `href` is what `job_url` or `batch_url` made. This file stands alone: it imports nothing, and sends no cookies.
 */

const RETRY_MS = 3_000;
const REFRESH_MS = 500;
const FINAL = ["succeeded", "failed", "aborted", "expired"];
const CHANGES = ["enqueued", "started", "retrying", "lost", "released", "deleted", "due_now", "state", "reset", ...FINAL];
const REFUSED = "This link is not good any more.";

const STYLE = `
  :host { display: inline-block; min-width: 12rem; color: var(--arqlight-color, inherit); font: var(--arqlight-font, inherit); }
  :host([hidden]) { display: none; }
  p { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1em; margin: 0; }
  progress { display: block; width: 100%; height: var(--arqlight-height, 0.5em); margin-block: 0.25em; accent-color: var(--arqlight-accent, #0172ad); }
  [data-kind="succeeded"] { color: var(--arqlight-good, light-dark(#18713f, #58c48a)); }
  [data-kind="failed"], [data-kind="expired"], [data-kind="refused"] { color: var(--arqlight-bad, light-dark(#bd2130, #ff8a80)); }
  [data-kind="aborted"] { color: var(--arqlight-odd, light-dark(#8a5200, #e5ab55)); }
`;

/** @typedef {{name: string, text: string, kind: string, fraction: number | null, isOver: boolean}} Shown */

class LiveElement extends HTMLElement {
  static observedAttributes = ["href"];
  /** @type {"job" | "batch"} */
  kind = "job";
  /** @type {EventSource | null} */
  #source = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer = undefined;
  /** What is asked now; the answer to anything else comes too late. */
  #turn = 0;

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
    root.innerHTML = `<p><span part="name"></span><span part="state" role="status"></span></p><progress part="progress" max="1"></progress>`;
  }

  connectedCallback() {
    void this.#load();
  }

  disconnectedCallback() {
    this.#stop();
  }

  attributeChangedCallback() {
    if (this.isConnected) void this.#load();
  }

  #stop() {
    this.#turn += 1;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#source?.close();
    this.#source = null;
  }

  async #load() {
    this.#stop();
    const turn = this.#turn;
    const address = this.#address();
    if (!address) return this.#refuse("There is no address of a job to show.");
    const answer = await fetch(address.snapshot, { credentials: "omit", cache: "no-store" }).catch(() => null);
    const body = answer?.ok ? await answer.json().catch(() => null) : null;
    if (turn !== this.#turn) return;
    if (answer && answer.status >= 400 && answer.status < 500 && answer.status !== 429) return this.#refuse(REFUSED);
    if (!body) return this.#later(RETRY_MS);
    const shown = this.kind === "job" ? ofJob(body.job) : ofBatch(body.jobs);
    this.#show(shown);
    if (!shown.isOver) this.#follow(`${address.events}&after=${encodeURIComponent(body.event_id)}`);
  }

  /** @returns {{snapshot: string, events: string} | null} */
  #address() {
    const href = this.getAttribute("href") ?? "";
    if (!URL.canParse(href, document.baseURI)) return null;
    const url = new URL(href, document.baseURI);
    const id = url.searchParams.get(this.kind);
    if (!id || !url.protocol.startsWith("http")) return null;
    const api = `${url.origin}${url.pathname.replace(/\/?$/, "/")}api`;
    const link = new URLSearchParams({ link: url.searchParams.get("link") ?? "" });
    const resource = this.kind === "job" ? "jobs" : "batches";
    return {
      snapshot: `${api}/${resource}/${encodeURIComponent(id)}?${link}`,
      events: `${api}/events?${new URLSearchParams({ [this.kind]: id })}&${link}`,
    };
  }

  /** @param {string} url */
  #follow(url) {
    const source = new EventSource(url);
    this.#source = source;
    for (const name of CHANGES) source.addEventListener(name, () => this.#later(REFRESH_MS));
    source.addEventListener("progress", ({ data }) => {
      const { fraction, message } = JSON.parse(data);
      if (this.kind === "job") this.#show({ ...this.#last, fraction: fraction ?? null, text: message ?? this.#last.text });
    });
    source.onerror = () => {
      if (source.readyState === EventSource.CLOSED) this.#later(RETRY_MS);
    };
  }

  /** @param {number} ms */
  #later(ms) {
    this.#timer ??= setTimeout(() => void this.#load(), ms);
  }

  /** @param {string} text */
  #refuse(text) {
    this.#show({ name: "", text, kind: "refused", fraction: null, isOver: true });
  }

  /** @type {Shown} */
  #last = { name: "", text: "", kind: "", fraction: null, isOver: false };

  /** @param {Shown} shown */
  #show(shown) {
    this.#last = shown;
    const [name, state] = this.shadowRoot?.querySelectorAll("span") ?? [];
    const bar = this.shadowRoot?.querySelector("progress");
    if (!name || !state || !bar) return;
    name.textContent = shown.name;
    if (state.textContent !== shown.text) state.textContent = shown.text;
    state.dataset.kind = shown.kind;
    bar.hidden = shown.kind === "refused";
    bar.setAttribute("aria-label", shown.name);
    if (shown.fraction === null && !shown.isOver) bar.removeAttribute("value");
    else bar.value = shown.fraction ?? 1;
    this.dataset.state = shown.kind;
  }
}

/**
 * @param {any} job
 * @returns {Shown}
 */
function ofJob(job) {
  const kind = job.outcome ?? job.status;
  const isOver = job.status === "complete";
  const text = (!isOver && job.progress?.message) || String(kind).replaceAll("_", " ");
  return { name: job.function ?? job.job_id, text, kind, fraction: isOver ? 1 : job.progress?.fraction ?? null, isOver };
}

/**
 * @param {any[]} jobs
 * @returns {Shown}
 */
function ofBatch(jobs) {
  const over = jobs.filter((job) => job.status === "complete");
  const wrong = over.filter((job) => job.outcome !== "succeeded").length;
  const isOver = over.length === jobs.length;
  const text = `${over.length} of ${jobs.length} done${wrong ? `, ${wrong} not succeeded` : ""}`;
  const kind = isOver ? (wrong ? "failed" : "succeeded") : "in_progress";
  return { name: "Batch", text, kind, fraction: over.length / Math.max(1, jobs.length), isOver };
}

class JobElement extends LiveElement {}

class BatchElement extends LiveElement {
  /** @override @type {"job" | "batch"} */
  kind = "batch";
}

customElements.define("arqlight-job", JobElement);
customElements.define("arqlight-batch", BatchElement);
