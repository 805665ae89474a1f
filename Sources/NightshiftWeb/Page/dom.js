// Makes and updates elements. Data enters the document only as text nodes and attribute values, never as markup.

const SVG = "http://www.w3.org/2000/svg";
const HANDLERS = ["onclick", "oninput", "onchange", "onkeydown", "onsubmit", "onpointermove", "onpointerleave", "onpointerdown", "onfocus", "onblur"];

/** @typedef {Node | string | number | null | undefined | false | any[]} Child */

/**
 * @param {Element} element
 * @param {Object<string, any>} properties
 */
function assign(element, properties) {
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) /** @type {any} */ (element)[name] = value;
    else if (name === "key") element.setAttribute("data-key", String(value));
    else if (name === "style") for (const [rule, it] of Object.entries(value)) /** @type {HTMLElement} */ (element).style.setProperty(rule, String(it));
    else if (name === "value") /** @type {HTMLInputElement} */ (element).value = String(value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
}

/** @param {Node} parent @param {Child[]} children */
function append(parent, children) {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    if (Array.isArray(child)) append(parent, child);
    else parent.appendChild(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

/** @param {any} element @param {string[]} classes @param {any} first @param {Child[]} children */
function build(element, classes, first, children) {
  const hasProperties = first !== null && typeof first === "object" && Object.getPrototypeOf(first) === Object.prototype;
  if (classes.length) element.setAttribute("class", classes.join(" "));
  append(element, hasProperties ? children : [first, ...children]);
  if (hasProperties) assign(element, first);
  return element;
}

/**
 * An HTML element: tag and classes as in "p.note", then, where needed, properties, then children. Properties that begin with
 * "on" are handlers, `key` names the element for `morph`, all others are attributes.
 * @param {string} name
 * @param {Object<string, any> | Child} [first]
 * @param {...Child} children
 * @returns {any}
 */
export function h(name, first, ...children) {
  const [tag, ...classes] = name.split(".");
  return build(document.createElement(tag), classes, first, children);
}

/** The same for an SVG element. @param {string} name @param {Object<string, any> | Child} [first] @param {...Child} children @returns {any} */
export function svg(name, first, ...children) {
  const [tag, ...classes] = name.split(".");
  return build(document.createElementNS(SVG, tag), classes, first, children);
}

/** @param {Node} node */
const keyOf = node => (node instanceof Element ? node.getAttribute("data-key") : null);

/** @param {any} old @param {any} next */
function synchronize(old, next) {
  if (!(next instanceof Element)) {
    if (old.data !== /** @type {Text} */ (next).data) old.data = /** @type {Text} */ (next).data;
    return;
  }
  for (const { name } of [...old.attributes]) {
    if (!next.hasAttribute(name) && !(name === "open" && old.nodeName === "DETAILS")) old.removeAttribute(name);
  }
  for (const { name, value } of [...next.attributes]) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  for (const name of HANDLERS) old[name] = /** @type {any} */ (next)[name];
  const { value, checked } = /** @type {any} */ (next);
  if (!next.hasAttribute("data-own")) morph(old, [...next.childNodes]);
  if (checked !== undefined) old.checked = checked;
  if (/INPUT|SELECT|TEXTAREA/.test(old.nodeName) && old.value !== value && old !== document.activeElement) old.value = value;
}

/**
 * Makes the children of an element equal to these and keeps every node that can stay: focus, scroll position and
 * open details survive an update. An element with `data-own` takes care of its children itself.
 * @param {Element} parent
 * @param {Child[]} children
 */
export function morph(parent, children) {
  const holder = document.createDocumentFragment();
  append(holder, children);
  const keyed = new Map();
  for (const child of parent.children) if (keyOf(child)) keyed.set(keyOf(child), child);
  let cursor = parent.firstChild;
  for (const next of [...holder.childNodes]) {
    const key = keyOf(next);
    const old = key ? keyed.get(key) : cursor;
    if (old && old.nodeName === next.nodeName && keyOf(old) === key) {
      if (old === cursor) cursor = cursor.nextSibling;
      else parent.insertBefore(old, cursor);
      synchronize(old, next);
    } else parent.insertBefore(next, cursor);
  }
  while (cursor) {
    const next = cursor.nextSibling;
    cursor.remove();
    cursor = next;
  }
}

/**
 * An address that a link or a medium may have: of this origin, relative, or inline media. Null for any other.
 * @param {string} url
 */
export function safeURL(url) {
  if (/^data:(image|audio|video)\//i.test(url) || /^data:(text\/plain|application\/json)/i.test(url)) return url;
  try {
    const parsed = new URL(url, document.baseURI);
    const here = new URL(document.baseURI);
    return parsed.protocol === here.protocol && parsed.host === here.host ? url : null;
  } catch {
    return null;
  }
}

/**
 * Calls the function once, `delay` milliseconds after the last of several requests.
 * @param {(...values: any[]) => void} action
 * @param {number} delay
 */
export function debounced(action, delay) {
  let timer = 0;
  const call = (/** @type {any[]} */ ...values) => {
    clearTimeout(timer);
    timer = window.setTimeout(() => action(...values), delay);
  };
  call.cancel = () => clearTimeout(timer);
  return call;
}

/**
 * Calls the function at most once in an interval: at once, and for what came in between once more at its end.
 * @param {() => void} action
 * @param {number} interval
 */
export function throttled(action, interval) {
  let timer = 0;
  let last = -Infinity;
  const run = () => {
    timer = 0;
    last = performance.now();
    action();
  };
  const call = () => {
    if (!timer) timer = window.setTimeout(run, Math.max(0, last + interval - performance.now()));
  };
  call.cancel = () => clearTimeout(timer);
  return call;
}

/**
 * Opens a menu below an element; a click elsewhere or Esc closes it.
 * @param {string} label @param {HTMLElement} opener @param {Child[]} content
 * @returns {HTMLElement}
 */
export function openMenu(label, opener, content) {
  const menu = h("div", { class: "menu", popover: "auto", role: "dialog", "aria-label": label }, content);
  menu.addEventListener("toggle", event => event.newState === "closed" && menu.remove());
  document.body.append(menu);
  menu.showPopover();
  const { left, bottom } = opener.getBoundingClientRect();
  menu.style.setProperty("left", `${Math.max(8, Math.min(left, innerWidth - menu.offsetWidth - 8))}px`);
  menu.style.setProperty("top", `${bottom + 6}px`);
  menu.style.setProperty("max-height", `${Math.max(160, innerHeight - bottom - 24)}px`);
  return menu;
}

/**
 * Reads, or with a value writes, a preference that this browser keeps.
 * @param {string} name
 * @param {string} [value]
 * @returns {?string}
 */
export function preference(name, value) {
  try {
    if (value !== undefined) localStorage.setItem(`nightshift.${name}`, value);
    return localStorage.getItem(`nightshift.${name}`);
  } catch {
    return null;
  }
}

/** @type {Object<string, string>} Paths of 16 × 16 pixels. */
const ICONS = {
  close: "M4 4l8 8M12 4l-8 8",
  next: "M6 3l5 5-5 5",
  previous: "M10 3L5 8l5 5",
  pause: "M5.5 3.5v9M10.5 3.5v9",
  resume: "M5 3.5l7 4.5-7 4.5z",
  check: "M3.5 8.5l3 3 6-7",
  moon: "M12.5 9.8A5.2 5.2 0 0 1 6.2 3.5a5.2 5.2 0 1 0 6.3 6.3z",
  sun: "M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1 1M12 12l1 1M3 13l1-1M12 4l1-1",
  star: "M8 1.8l1.9 4 4.3.5-3.2 3 .9 4.3L8 11.5l-3.9 2.1.9-4.3-3.2-3 4.3-.5z",
  down: "M4 6l4 4 4-4",
  search: "M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM10.5 10.5l3 3",
  grid: "M2.5 2.5h4v4h-4zM9.5 2.5h4v4h-4zM2.5 9.5h4v4h-4zM9.5 9.5h4v4h-4z",
  matrix: "M2.5 2.5h11v11h-11zM2.5 6h11M6 2.5v11",
  download: "M8 2.5v8M4.5 7.5L8 11l3.5-3.5M3 13.5h10",
  copy: "M5.5 5.5h8v8h-8zM3.5 10.5h-1v-8h8v1",
};

/** @param {string} name @param {boolean} [isFilled] */
export function icon(name, isFilled = false) {
  return svg("svg", { class: "icon", viewBox: "0 0 16 16", width: 16, height: 16, "aria-hidden": "true", "data-filled": isFilled }, svg("path", { d: ICONS[name] }));
}
