// Starts the page and holds its shell: jobs, tabs, connection, and the view that the address names.
// Every module has top-level names that no other has, and imports by single lines, so that a report can hold all in one script.
// The types that comments name are in Tests/Browser/types.d.ts.
import { Actions } from "./actions.js";
import { choice, icon, iconButton } from "./controls.js";
import { openSource } from "./data.js";
import { announce, openHelp } from "./dialogs.js";
import { h, morph, preference, throttled } from "./dom.js";
import { clock, count, doneOf } from "./format.js";
import { GalleryView } from "./gallery.js";
import { ItemPage } from "./item-page.js";
import { addKeys } from "./keys.js";
import { Marks } from "./marks.js";
import { OverviewView } from "./overview.js";
import { addressOf, currentRoute, navigate, startRouter } from "./router.js";
import { TableView } from "./table.js";

const ANNOUNCE_INTERVAL = 30_000;
const VIEW_TYPES = { overview: OverviewView, gallery: GalleryView, table: TableView, item: ItemPage };
const TABS = { overview: "Overview", gallery: "Gallery", table: "Table" };
const CONNECTIONS = {
	open: "",
	stopped: "The viewer was stopped; run `nightshift view` again. What you see is how it was last.",
	refused: "The viewer was started anew: open the address that `nightshift view` printed.",
};

const source = openSource();
const [header, banner, main] = ["header", "banner", "main"].map(id => /** @type {HTMLElement} */ (document.getElementById(id)));
/** @type {Job[]} */
let jobs = [];
/** @type {?Context} */
let context = null;
/** @type {?View} */
let view = null;
let viewName = "";
let stopWatching = () => {};
let lastAnnounced = -Infinity;
let isLost = false;
/** The address that each view was left with, so that a tab leads back to it. */
const lastAddresses = new Map();

const showBlank = (title, ...paragraphs) => main.replaceChildren(h("div.blank", h("h1", title), paragraphs.map(it => h("p", it))));
const tabAddress = (job, name) => lastAddresses.get(`${job}/${name}`) ?? addressOf(job, name);
const isDark = () => (document.documentElement.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";

function toggleTheme() {
	const theme = isDark() ? "light" : "dark";
	document.documentElement.dataset.theme = theme;
	preference("theme", theme);
	drawHeader();
}

function statusOf({ is_alive, is_paused, hold, ending, items, states }) {
	const word = !is_alive ? (ending ?? "not running") : is_paused ? "paused" : hold ? "waiting" : "running";
	const state = is_alive ? (word === "running" ? word : "held") : ending === "completed" ? "succeeded" : "canceled";
	return [h("span", { "data-state": state }, h("span.dot"), word), h("span.dim", ` ${count(doneOf(states))} / ${count(items)}`)];
}

function drawHeader() {
	const { job, view: name } = currentRoute();
	const open = it => navigate(addressOf(it, name === "item" ? "overview" : name));
	morph(header, [
		h("a.brand", { href: addressOf(job, "overview"), "aria-label": "Nightshift, overview" }, icon("moon", true)),
		h("div.job", jobs.length > 1 ? choice("Job", job, jobs.map(it => [it.name, it.name]), open) : job),
		h("p.status", context && statusOf(context.overview)),
		h("nav", { "aria-label": "Views" }, Object.entries(TABS).map(([tab, title]) => h("a", { href: tabAddress(job, tab), "aria-current": (name === tab || (name === "item" && tab === "gallery")) && "page" }, title))),
		h("div.tools", context && source.readOnly && !source.isReport && h("span.tag", "read-only"),
			iconButton("moon", isDark() ? "Use the light theme" : "Use the dark theme", toggleTheme, { key: "theme" }),
			h("button.plain", { key: "help", "aria-label": "Help", "aria-keyshortcuts": "?", onclick: openHelp }, "?")),
	]);
}

/** @param {Connection} state */
function connectionChanged(state) {
	if (state === "open" && isLost) refresh();
	isLost = state !== "open";
	if (state === "lost") return;
	banner.textContent = CONNECTIONS[state];
	banner.hidden = state === "open";
}

/** @param {Overview} overview */
function overviewChanged(overview) {
	if (!context) return;
	context.overview = overview;
	drawHeader();
	view?.overviewChanged?.();
	if (performance.now() - lastAnnounced < ANNOUNCE_INTERVAL) return;
	const { items, states, is_alive, finishes_at, ending_text } = overview;
	lastAnnounced = performance.now();
	announce(is_alive ? `${count(doneOf(states))} of ${count(items)} items are done${finishes_at ? `, finished about ${clock(finishes_at)}` : ""}` : (ending_text ?? ""));
}

const itemsChanged = throttled(() => view?.itemsChanged?.(), 1000);

/** Reads again what is seen. */
async function refresh() {
	const before = context;
	if (!before) return;
	view?.itemsChanged?.();
	const overview = await source.overview(before.job).catch(() => null);
	if (overview && context === before) overviewChanged(overview);
}

/** @param {string} job */
async function openJob(job) {
	stopWatching();
	view?.close();
	view = context = null;
	const overview = await source.overview(job);
	if (currentRoute().job !== job) return;
	context = { source, job, overview, marks: new Marks(), actions: source.readOnly ? null : new Actions(source, job, refresh) };
	stopWatching = source.watch(job, { overview: overviewChanged, items: itemsChanged, journal: entries => view?.journalChanged?.(entries), connection: connectionChanged });
}

async function show() {
	const route = currentRoute();
	const { job, view: name, key, query } = route;
	if (!job && jobs.length) return navigate(addressOf((jobs.find(it => it.is_alive) ?? jobs[0]).name, "overview"), true);
	if (!job) return showBlank("No job yet", ["Start one with ", h("code", "nightshift run JOB"), ", then open this page again."]);
	try {
		if (context?.job !== job) await openJob(job);
		if (context?.job !== job) return;
		if (!view || viewName !== name) {
			view?.close();
			viewName = name;
			const made = new VIEW_TYPES[name](context);
			view = made;
			main.replaceChildren(made.element);
			main.scrollTop = 0;
		}
		lastAddresses.set(`${job}/${name}`, addressOf(job, name, query, key));
		document.title = `${job} · ${TABS[name] ?? "Item"} · Nightshift`;
		drawHeader();
		view?.show(route);
	} catch (error) {
		view = null;
		drawHeader();
		showBlank("This cannot be shown", error.message, h("button", { onclick: show }, "Try again"));
	}
}

const goTo = name => () => context && navigate(tabAddress(context.job, name));
addKeys({ "?": openHelp, O: goTo("overview"), G: goTo("gallery"), T: goTo("table") });

async function start() {
	try {
		jobs = await source.jobs();
	} catch (error) {
		if (error.status === 401) showBlank("This address has expired", ["Every start of the viewer has an address of its own: open the one that ", h("code", "nightshift view"), " printed."]);
		else showBlank("The viewer does not answer", error.message, h("button", { onclick: start }, "Try again"));
		return;
	}
	startRouter(show);
	await show();
}
drawHeader();
start();
