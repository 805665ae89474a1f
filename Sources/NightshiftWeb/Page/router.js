// The address is the state of the page: job, view, filter, order. In a report, without a server, it is in the fragment.

/** @typedef {{job: string, view: string, key: string, query: URLSearchParams}} Route */

const usesFragment = document.getElementById("data") !== null;
const VIEWS = ["overview", "gallery", "table", "item"];
/** @type {(route: Route) => void} */
let listener = () => {};

/** @returns {Route} */
export function currentRoute() {
  const address = usesFragment ? location.hash.slice(1) : location.pathname + location.search;
  const [path, search = ""] = address.split(/\?(.*)/s);
  const parts = path.split("/").map(part => {
    try {
      return decodeURIComponent(part);
    } catch {
      return part;
    }
  });
  const isJob = parts[1] === "jobs";
  return {
    job: isJob ? (parts[2] ?? "") : "",
    view: isJob && VIEWS.includes(parts[3]) ? parts[3] : "overview",
    key: isJob ? parts.slice(4).join("/") : "",
    query: new URLSearchParams(search),
  };
}

/**
 * The address of a view.
 * @param {string} job
 * @param {string} view
 * @param {Object<string, ?string|undefined> | URLSearchParams} [query] Empty values are left out.
 * @param {string} [key]
 */
export function addressOf(job, view, query = {}, key = "") {
  const kept = new URLSearchParams();
  for (const [name, value] of query instanceof URLSearchParams ? query : Object.entries(query)) if (value) kept.set(name, value);
  const search = kept.toString();
  const path = `/jobs/${encodeURIComponent(job)}/${view}${key ? `/${encodeURIComponent(key)}` : ""}${search ? `?${search}` : ""}`;
  return usesFragment ? `#${path}` : path;
}

/** @param {string} address @param {{replace?: boolean}} [options] */
export function navigate(address, { replace = false } = {}) {
  if (replace) history.replaceState(null, "", address);
  else history.pushState(null, "", address);
  listener(currentRoute());
}

/**
 * Changes some of the query of the view that is shown.
 * @param {Object<string, ?string|undefined>} changes
 * @param {{replace?: boolean}} [options]
 */
export function changeQuery(changes, options) {
  const route = currentRoute();
  for (const [name, value] of Object.entries(changes)) value ? route.query.set(name, value) : route.query.delete(name);
  navigate(addressOf(route.job, route.view, route.query, route.key), options);
}

/** @param {(route: Route) => void} onChange */
export function startRouter(onChange) {
  listener = onChange;
  window.addEventListener("popstate", () => listener(currentRoute()));
  document.addEventListener("click", event => {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (!link || event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || link.target) return;
    const address = link.getAttribute("href") ?? "";
    if (!address.startsWith(usesFragment ? "#/jobs/" : "/jobs/")) return;
    event.preventDefault();
    navigate(address);
  });
}
