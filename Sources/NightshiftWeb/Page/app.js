// Starts the page and holds its shell: jobs, tabs, connection, and the view that the address names.
// Every module has top-level names that no other has, and imports by single lines, so that a report can hold all in one script.
import { Actions } from "./actions.js";
import { openSource } from "./data.js";
import { announce, openHelp } from "./dialogs.js";
import { h, icon, morph, preference, throttled } from "./dom.js";
import { clock, count } from "./format.js";
import { GalleryView } from "./gallery.js";
import { ItemPage } from "./item-page.js";
import { addKeys } from "./keys.js";
import { Marks } from "./marks.js";
import { OverviewView } from "./overview.js";
import { addressOf, currentRoute, navigate, startRouter } from "./router.js";
import { TableView } from "./table.js";
/** @import { RequestError } from "./data.js" */
/** @import { Route } from "./router.js" */
/** @import { Connection, Job, JournalEntry, Overview, Source } from "./types.js" */

const ANNOUNCE_INTERVAL = 30_000;
const TABS = [["overview", "Overview"], ["gallery", "Gallery"], ["table", "Table"]];

/**
 * What every view is given.
 * @typedef {object} Context
 * @property {Source} source
 * @property {string} job
 * @property {Overview} overview
 * @property {?Actions} actions Null where nothing may be changed.
 * @property {Marks} marks
 */

/**
 * What every view has.
 * @typedef {object} View
 * @property {HTMLElement} element
 * @property {(route: Route) => void} show
 * @property {() => void} [overviewChanged]
 * @property {() => void} [itemsChanged]
 * @property {(entries: JournalEntry[]) => void} [journalChanged]
 * @property {() => void} close
 */

const source = openSource();
const header = /** @type {HTMLElement} */ (document.getElementById("header"));
const banner = /** @type {HTMLElement} */ (document.getElementById("banner"));
const main = /** @type {HTMLElement} */ (document.getElementById("main"));

/** @type {Job[]} */
let jobs = [];
/** @type {?Context} */
let context = null;
/** @type {?View} */
let view = null;
let viewName = "";
let stopWatching = () => {};
let wasLost = false;
let lastAnnounced = 0;
/** The address that each view was left with, so that a tab leads back to it. @type {Map<string, string>} */
const lastAddresses = new Map();

/** @param {string} title @param {...any} children A whole view that says why there is nothing else. */
function blank(title, ...children) {
  return h("div.blank", h("h1", title), children);
}

function toggleTheme() {
  const root = document.documentElement;
  const isDark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = isDark ? "light" : "dark";
  preference("theme", root.dataset.theme);
  drawHeader();
}

function statusText() {
  if (!context) return null;
  const { is_alive, is_paused, hold, ending, items, states } = context.overview;
  const done = (states.succeeded ?? 0) + (states.failed ?? 0) + (states.canceled ?? 0);
  const word = !is_alive ? (ending ?? "not running") : is_paused ? "paused" : hold ? "waiting" : "running";
  return h("p.status", { "data-state": is_alive ? (is_paused || hold ? "held" : "running") : ending === "completed" ? "succeeded" : "ended" },
    h("span.dot"), word, h("span.dim", ` ${count(done)} / ${count(items)}`));
}

function drawHeader() {
  const route = currentRoute();
  const job = context?.job ?? route.job;
  const root = document.documentElement;
  const isDark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  const picker = jobs.length > 1
    ? h("select.job", { "aria-label": "Job", key: "job", value: job, onchange: event => navigate(addressOf(event.target.value, viewName === "item" ? "overview" : viewName || "overview")) },
      jobs.map(it => h("option", { value: it.name, selected: it.name === job }, it.name)))
    : h("span.job", { key: "job" }, job);
  morph(header, [
    h("a.brand", { href: addressOf(job, "overview"), "aria-label": "Nightshift, overview" }, icon("moon", true)),
    picker,
    statusText() ?? h("p.status"),
    h("nav", { "aria-label": "Views" }, TABS.map(([name, title]) => h("a", {
      href: lastAddresses.get(`${job}/${name}`) ?? addressOf(job, name),
      "aria-current": route.view === name || (route.view === "item" && name === "gallery") ? "page" : null,
    }, title))),
    h("div.tools",
      source.readOnly && !source.isReport && context ? h("span.tag", { title: "Started with --read-only" }, "read-only") : null,
      h("button.plain", { key: "theme", "aria-label": isDark ? "Use the light theme" : "Use the dark theme", onclick: toggleTheme }, icon(isDark ? "sun" : "moon")),
      h("button.plain.help-button", { key: "help", "aria-label": "Help", "aria-keyshortcuts": "?", onclick: openHelp }, "?")),
  ]);
}

/** @param {Connection} state */
function connectionChanged(state) {
  const texts = {
    lost: "The connection is lost. Trying again …",
    stopped: "The viewer was stopped; run `nightshift view` again. What you see is how it was last.",
    refused: "The viewer was started anew: open the address that `nightshift view` printed.",
    open: "",
  };
  if (state === "lost" && banner.textContent) return;
  const show = () => {
    banner.hidden = state === "open";
    if (banner.textContent !== texts[state]) banner.textContent = texts[state];
  };
  document.body.dataset.connection = state;
  if (state !== "lost") show();
  if (state !== "open") wasLost = true;
  else if (wasLost) {
    wasLost = false;
    refresh();
  }
}

/** Says now and then to screen readers how far the run is. */
function announceProgress() {
  if (!context || performance.now() - lastAnnounced < ANNOUNCE_INTERVAL) return;
  const { items, states, is_alive, finishes_at, ending_text } = context.overview;
  lastAnnounced = performance.now();
  announce(is_alive ? `${count((states.succeeded ?? 0) + (states.failed ?? 0))} of ${count(items)} items are done${finishes_at ? `, finished about ${clock(finishes_at)}` : ""}` : (ending_text ?? ""));
}

/** @param {Overview} overview */
function overviewChanged(overview) {
  if (!context) return;
  context.overview = overview;
  drawHeader();
  announceProgress();
  view?.overviewChanged?.();
}

const itemsChanged = throttled(() => view?.itemsChanged?.(), 1000);

/** Reads again what is seen. */
async function refresh() {
  if (!context) return;
  const { job } = context;
  view?.itemsChanged?.();
  const overview = await source.overview(job).catch(() => null);
  if (overview && context?.job === job) overviewChanged(overview);
}

/** @param {string} job */
async function openJob(job) {
  stopWatching();
  view?.close();
  view = null;
  context = null;
  main.replaceChildren(h("p.blank", { "aria-busy": "true" }, `Reading ${job} …`));
  const overview = await source.overview(job);
  if (currentRoute().job !== job) return;
  const marks = new Marks();
  context = { source, job, overview, marks, actions: source.readOnly ? null : new Actions(source, job, refresh) };
  stopWatching = source.watch(job, {
    overview: overviewChanged,
    items: itemsChanged,
    journal: entries => view?.journalChanged?.(entries),
    connection: connectionChanged,
  });
}

/** @param {Context} given @param {string} name @returns {View} */
function makeView(given, name) {
  if (name === "gallery") return new GalleryView(given);
  if (name === "table") return new TableView(given);
  if (name === "item") return new ItemPage(given);
  return new OverviewView(given);
}

/** @param {Route} route */
async function show(route) {
  if (!route.job) {
    if (!jobs.length) return main.replaceChildren(blank("No job yet", h("p", "Start one with ", h("code", "nightshift run JOB"), ", then open this page again.")));
    return navigate(addressOf((jobs.find(it => it.is_alive) ?? jobs[0]).name, "overview"), { replace: true });
  }
  try {
    if (context?.job !== route.job) await openJob(route.job);
    const given = /** @type {Context} */ (context);
    if (!given) return;
    if (!view || viewName !== route.view) {
      view?.close();
      viewName = route.view;
      view = makeView(given, route.view);
      main.replaceChildren(view.element);
      main.dataset.view = route.view;
      main.scrollTop = 0;
    }
    lastAddresses.set(`${route.job}/${route.view}`, addressOf(route.job, route.view, route.query, route.key));
    document.title = `${route.job} · ${TABS.find(([name]) => name === route.view)?.[1] ?? "Item"} · Nightshift`;
    drawHeader();
    view.show(route);
  } catch (error) {
    view = null;
    drawHeader();
    main.replaceChildren(blank("This cannot be shown", h("p", /** @type {Error} */ (error).message), h("p", h("button", { onclick: () => show(currentRoute()) }, "Try again"), " ", jobs[0] && h("a", { href: addressOf(jobs[0].name, "overview") }, `Go to ${jobs[0].name}`))));
  }
}

let isGoing = false;
/** @param {string} name */
const goTo = name => () => {
  if (!isGoing || !context) return false;
  isGoing = false;
  navigate(lastAddresses.get(`${context.job}/${name}`) ?? addressOf(context.job, name));
};
addKeys({
  "?": openHelp,
  g: () => {
    if (isGoing) return goTo("gallery")();
    isGoing = true;
    window.setTimeout(() => (isGoing = false), 1200);
  },
  o: goTo("overview"),
  t: goTo("table"),
});

async function start() {
  try {
    jobs = await source.jobs();
  } catch (error) {
    const { status, message } = /** @type {RequestError} */ (error);
    return main.replaceChildren(status === 401
      ? blank("This address has expired", h("p", "Every start of the viewer has an address of its own: open the one that ", h("code", "nightshift view"), " printed."))
      : blank("The viewer does not answer", h("p", message), h("p", h("button", { onclick: start }, "Try again"))));
  }
  startRouter(show);
  await show(currentRoute());
}
drawHeader();
start();
