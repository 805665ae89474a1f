// Makes and updates elements. Data enters the document only as text nodes and attribute values, never as markup.

const HANDLERS = ["onclick", "oninput", "onchange", "onkeydown", "onsubmit"];

function append(parent, children) {
	for (const child of children) {
		if (child == null || child === false) continue;
		if (Array.isArray(child)) append(parent, child);
		else parent.appendChild(child instanceof Node ? child : document.createTextNode(String(child)));
	}
}

function assign(element, properties) {
	for (const [name, value] of Object.entries(properties)) {
		if (value == null || value === false) continue;
		if (name.startsWith("on")) element[name] = value;
		else if (name === "style") for (const [rule, it] of Object.entries(value)) element.style.setProperty(rule, String(it));
		else if (name === "value") element.value = value;
		else element.setAttribute(name === "key" ? "data-key" : name, value === true ? "" : String(value));
	}
}

function build(namespace, name, first, children) {
	const [tag, ...classes] = name.split(".");
	const element = document.createElementNS(namespace, tag);
	const hasProperties = first !== null && typeof first === "object" && Object.getPrototypeOf(first) === Object.prototype;
	if (classes.length) element.setAttribute("class", classes.join(" "));
	append(element, hasProperties ? children : [first, ...children]);
	if (hasProperties) assign(element, first);
	return element;
}

/**
 * An HTML element: tag and classes as in "p.note", then, where needed, properties, then children. Properties that begin with
 * "on" are handlers, `key` names the element for `morph`, all others are attributes.
 * @param {string} name @param {Values | Child} [first] @param {...Child} children @returns {any}
 */
export const h = (name, first, ...children) => build("http://www.w3.org/1999/xhtml", name, first, children);

/** The same for SVG.
 * @param {string} name @param {Values | Child} [first] @param {...Child} children @returns {any} */
export const svg = (name, first, ...children) => build("http://www.w3.org/2000/svg", name, first, children);

const keyOf = node => (node instanceof Element ? node.getAttribute("data-key") : null);

function synchronize(old, next) {
	if (!(next instanceof Element)) {
		if (old.data !== next.data) old.data = next.data;
		return;
	}
	for (const { name } of [...old.attributes]) if (!next.hasAttribute(name) && !(name === "open" && old.nodeName === "DETAILS")) old.removeAttribute(name);
	for (const { name, value } of [...next.attributes]) {
		if (old.getAttribute(name) === value) continue;
		if (name === "style") old.style.cssText = value;
		else old.setAttribute(name, value);
	}
	for (const name of HANDLERS) old[name] = next[name];
	const { value, checked } = /** @type {any} */ (next);
	if (!next.hasAttribute("data-own")) morph(old, [...next.childNodes]);
	if (checked !== undefined) old.checked = checked;
	if (/INPUT|SELECT|TEXTAREA/.test(old.nodeName) && old.value !== value && old !== document.activeElement) old.value = value;
}

/**
 * Makes the children of an element equal to these and keeps every node that can stay: focus, scroll position and
 * open details survive an update. An element with `data-own` takes care of its children itself.
 * @param {Element} parent @param {Child[]} children
 */
export function morph(parent, children) {
	const holder = document.createDocumentFragment();
	append(holder, children);
	const keyed = new Map([...parent.children].map(child => [keyOf(child), child]));
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

/** The address, if a link or a medium may have it: of this origin, or inline media.
 * @param {string} url @returns {?string} */
export function safeURL(url) {
	if (/^data:(image\/|audio\/|video\/|text\/plain|application\/json)/i.test(url)) return url;
	try {
		const parsed = new URL(url, document.baseURI);
		return parsed.protocol === location.protocol && parsed.host === location.host ? url : null;
	} catch {
		return null;
	}
}

/** A function that does it once, `delay` milliseconds after the last of several calls.
 * @param {() => void} action @param {number} delay */
export function debounced(action, delay) {
	let timer = 0;
	const call = () => {
		clearTimeout(timer);
		timer = window.setTimeout(action, delay);
	};
	call.cancel = () => clearTimeout(timer);
	return call;
}

/** A function that does it at most once in an interval.
 * @param {() => void} action @param {number} interval */
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

/** Reads, or with a value writes, a preference that this browser keeps.
 * @param {string} name @param {string} [value] @returns {?string} */
export function preference(name, value) {
	try {
		if (value !== undefined) localStorage.setItem(`nightshift.${name}`, value);
		return localStorage.getItem(`nightshift.${name}`);
	} catch {
		return null;
	}
}
