// Where the page gets its facts: from the server that serves it, or from the page itself when it is a report.
import { EmbeddedData } from "./embedded.js";

const MOST_TEXT = 65_536;
const PROBE_INTERVAL = 2000;

function endpoint(job, what, values = {}) {
	const query = String(new URLSearchParams(Object.entries(values).filter(([, value]) => value != null && value !== "").map(([name, value]) => [name, String(value)])));
	return `/api/jobs/${encodeURIComponent(job)}/${what}${query && `?${query}`}`;
}

/** Fetches, or throws an error with the answer's status; 0 if there was none.
 * @param {string} address @param {RequestInit} [options] */
async function request(address, options) {
	const response = await fetch(address, options).catch(error => {
		throw isAbort(error) ? error : Object.assign(new Error("The viewer does not answer. If it was stopped, run `nightshift view` again."), { status: 0 });
	});
	if (response.ok) return response;
	const body = await response.json().catch(() => null);
	throw Object.assign(new Error(body?.error?.message ?? `The viewer answered ${response.status}.`), { status: response.status });
}

/** What the server of this page says.
 * @implements {Source} */
export class ServerData {
	isReport = false;
	readOnly = true;
	version = "";

	async #read(job, what, values = {}, signal = undefined) {
		return (await request(endpoint(job, what, values), { signal })).json();
	}

	async jobs() {
		const answer = await (await request("/api/jobs")).json();
		this.readOnly = answer.read_only;
		this.version = answer.version;
		return answer.jobs;
	}

	overview(job) {
		return this.#read(job, "overview");
	}

	timeline(job, points) {
		return this.#read(job, "timeline", { points });
	}

	journal(job, after) {
		return this.#read(job, "journal", { after, limit: 200 });
	}

	items(job, { q, sort }, offset, limit, signal) {
		return this.#read(job, "items", { q, sort, offset, limit }, signal);
	}

	facets(job, column, q) {
		return this.#read(job, "facets", { column, q });
	}

	matrix(job, rows, columns, q, signal) {
		return this.#read(job, "matrix", { rows, columns, q }, signal);
	}

	item(job, key, { q, sort }, signal) {
		return this.#read(job, `items/${encodeURIComponent(key)}`, { q, sort }, signal);
	}

	/** The beginning of a text output. */
	async text(url) {
		const response = await request(url, { headers: { Range: `bytes=0-${MOST_TEXT - 1}` } });
		const total = Number(/\/(\d+)$/.exec(response.headers.get("Content-Range") ?? "")?.[1] ?? 0);
		return { text: (await response.text()).slice(0, MOST_TEXT), isWhole: total <= MOST_TEXT };
	}

	csvAddress(job, { q, sort }, columns) {
		return endpoint(job, "table.csv", { q, sort, columns: columns.join(",") });
	}

	async act(job, body) {
		return (await request(endpoint(job, "actions"), { method: "POST", headers: { "Content-Type": "application/json", "X-Nightshift": "1" }, body: JSON.stringify(body) })).json();
	}

	/** Tells what changes until the returned function is called. Lost connections are taken up again. */
	watch(job, watcher) {
		let stream = new EventSource(endpoint(job, "events"));
		let timer = 0;
		const listen = () => {
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
			const status = await request("/api/jobs").then(() => 200, error => error.status);
			if (!timer) return;
			if (status === 200) {
				stream = new EventSource(endpoint(job, "events"));
				return listen();
			}
			watcher.connection?.(status === 401 ? "refused" : "stopped");
			timer = window.setTimeout(probe, PROBE_INTERVAL);
		};
		listen();
		return () => {
			clearTimeout(timer);
			timer = 0;
			stream.close();
		};
	}
}

/** The source of this page.
 * @returns {Source} */
export function openSource() {
	const element = document.getElementById("data");
	return element ? new EmbeddedData(JSON.parse(element.textContent ?? "")) : new ServerData();
}

export const isAbort = error => error?.name === "AbortError";
