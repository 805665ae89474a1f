// The address is the state of the page: job, view, filter, order. In a report, without a server, it is in the fragment.

const usesFragment = document.getElementById("data") !== null;
const VIEWS = ["overview", "gallery", "table", "item"];
let routeChanged = () => {};

function decoded(part) {
	try {
		return decodeURIComponent(part);
	} catch {
		return part;
	}
}

/** @returns {Route} */
export function currentRoute() {
	const address = usesFragment ? location.hash.slice(1) : location.pathname + location.search;
	const [path, search = ""] = address.split(/\?(.*)/s);
	const [, root, job = "", view = "", ...rest] = path.split("/").map(decoded);
	const isJob = root === "jobs";
	return { job: isJob ? job : "", view: isJob && VIEWS.includes(view) ? view : "overview", key: rest.join("/"), query: new URLSearchParams(search) };
}

/**
 * The address of a view; empty values of the query are left out.
 * @param {string} job @param {string} view @param {Values | URLSearchParams} [query] @param {string} [key]
 */
export function addressOf(job, view, query = {}, key = "") {
	const entries = [...(query instanceof URLSearchParams ? query : Object.entries(query))].filter(([, value]) => value);
	const search = new URLSearchParams(entries).toString();
	const path = `/jobs/${encodeURIComponent(job)}/${view}${key && `/${encodeURIComponent(key)}`}${search && `?${search}`}`;
	return usesFragment ? `#${path}` : path;
}

/** @param {string} address @param {boolean} [replaces] Whether the history gets no entry. */
export function navigate(address, replaces = false) {
	history[replaces ? "replaceState" : "pushState"](null, "", address);
	routeChanged();
}

/** Changes some of the query of the view that is shown.
 * @param {Object<string, ?string|undefined>} changes @param {boolean} [replaces] */
export function changeQuery(changes, replaces) {
	const { job, view, query, key } = currentRoute();
	navigate(addressOf(job, view, { ...Object.fromEntries(query), ...changes }, key), replaces);
}

/** @param {() => void} onChange */
export function startRouter(onChange) {
	routeChanged = onChange;
	window.addEventListener("popstate", onChange);
	document.addEventListener("click", event => {
		const link = event.target instanceof Element ? event.target.closest("a") : null;
		if (!link || event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || link.target) return;
		const address = link.getAttribute("href") ?? "";
		if (!address.startsWith(usesFragment ? "#/jobs/" : "/jobs/")) return;
		event.preventDefault();
		navigate(address);
	});
}
