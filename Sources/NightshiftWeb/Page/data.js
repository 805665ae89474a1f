// Where the page gets its facts: from the server that serves it, or from the page itself when it is a report.
import { EmbeddedData } from "./embedded.js";
/** @import { Selection, Source, Watcher } from "./types.js" */

/** An answer of the server that is no success. */
export class RequestError extends Error {
  /** @param {number} status @param {string} code @param {string} message */
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

const MOST_TEXT = 65_536;
const PROBE_INTERVAL = 2000;

/** @param {Object<string, any>} values */
function queryString(values) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) if (value !== undefined && value !== null && value !== "") query.set(name, String(value));
  return query.size ? `?${query}` : "";
}

/** @param {string} job @param {string} what */
const endpoint = (job, what) => `/api/jobs/${encodeURIComponent(job)}/${what}`;

/** @param {string} address @param {RequestInit} [options] */
async function request(address, options = {}) {
  let response;
  try {
    response = await fetch(address, { credentials: "same-origin", ...options });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new RequestError(0, "unreachable", "The viewer does not answer. If it was stopped, run `nightshift view` again.");
  }
  if (response.ok) return response;
  const body = await response.json().catch(() => null);
  throw new RequestError(response.status, body?.error?.code ?? "error", body?.error?.message ?? `The viewer answered ${response.status}.`);
}

/** @implements {Source} */
export class ServerData {
  isReport = false;
  readOnly = true;
  version = "";

  /** @param {string} address @param {AbortSignal} [signal] */
  async #read(address, signal) {
    return (await request(address, { signal })).json();
  }

  async jobs() {
    const answer = await this.#read("/api/jobs");
    this.readOnly = answer.read_only;
    this.version = answer.version;
    return answer.jobs;
  }

  /** @param {string} job */
  overview(job) {
    return this.#read(endpoint(job, "overview"));
  }

  /** @param {string} job @param {number} points */
  timeline(job, points) {
    return this.#read(endpoint(job, `timeline?points=${points}`));
  }

  /** @param {string} job @param {number} [after] */
  journal(job, after) {
    return this.#read(endpoint(job, "journal") + queryString({ after, limit: 200 }));
  }

  /** @param {string} job @param {Selection} selection @param {number} offset @param {number} limit @param {AbortSignal} [signal] */
  items(job, { q, sort }, offset, limit, signal) {
    return this.#read(endpoint(job, "items") + queryString({ q, sort, offset, limit }), signal);
  }

  /** @param {string} job @param {string} column @param {string} q @param {AbortSignal} [signal] */
  facets(job, column, q, signal) {
    return this.#read(endpoint(job, "facets") + queryString({ column, q }), signal);
  }

  /** @param {string} job @param {string} rows @param {string} columns @param {string} q @param {AbortSignal} [signal] */
  matrix(job, rows, columns, q, signal) {
    return this.#read(endpoint(job, "matrix") + queryString({ rows, columns, q }), signal);
  }

  /** @param {string} job @param {string} key @param {Selection} selection @param {AbortSignal} [signal] */
  item(job, key, { q, sort }, signal) {
    return this.#read(endpoint(job, `items/${encodeURIComponent(key)}`) + queryString({ q, sort }), signal);
  }

  /** The beginning of a text output. @param {string} url @param {AbortSignal} [signal] */
  async text(url, signal) {
    const response = await request(url, { signal, headers: { Range: `bytes=0-${MOST_TEXT - 1}` } });
    const total = Number(/\/(\d+)$/.exec(response.headers.get("Content-Range") ?? "")?.[1] ?? 0);
    return { text: (await response.text()).slice(0, MOST_TEXT), isWhole: total <= MOST_TEXT };
  }

  /** @param {string} job @param {Selection} selection @param {string[]} columns */
  csvAddress(job, { q, sort }, columns) {
    return endpoint(job, "table.csv") + queryString({ q, sort, columns: columns.join(",") });
  }

  /** @param {string} job @param {object} body */
  async act(job, body) {
    const response = await request(endpoint(job, "actions"), { method: "POST", headers: { "Content-Type": "application/json", "X-Nightshift": "1" }, body: JSON.stringify(body) });
    return response.json();
  }

  /**
   * Tells what changes until the returned function is called. Lost connections are taken up again.
   * @param {string} job
   * @param {Watcher} watcher
   */
  watch(job, watcher) {
    /** @type {EventSource} */
    let stream;
    let timer = 0;
    let isClosed = false;
    const open = () => {
      stream = new EventSource(endpoint(job, "events"));
      stream.onopen = () => watcher.connection?.("open");
      stream.addEventListener("overview", event => watcher.overview?.(JSON.parse(event.data)));
      stream.addEventListener("items", () => watcher.items?.());
      stream.addEventListener("journal", event => watcher.journal?.(JSON.parse(event.data).entries));
      stream.onerror = () => {
        stream.close();
        watcher.connection?.("lost");
        timer = window.setTimeout(probe, 300);
      };
    };
    const probe = async () => {
      const status = await request("/api/jobs").then(() => 200, error => error.status ?? 0);
      if (isClosed) return;
      if (status === 200) return open();
      watcher.connection?.(status === 401 ? "refused" : "stopped");
      timer = window.setTimeout(probe, PROBE_INTERVAL);
    };
    open();
    return () => {
      isClosed = true;
      clearTimeout(timer);
      stream.close();
    };
  }
}

/** The source of this page. @returns {Source} */
export function openSource() {
  const element = document.getElementById("data");
  return element ? new EmbeddedData(JSON.parse(element.textContent ?? "{}")) : new ServerData();
}

/** @param {any} error */
export const isAbort = error => error instanceof DOMException && error.name === "AbortError";
