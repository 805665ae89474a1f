// Small charts as SVG: the timeline of a run, distributions, and bars of states.
import { h, morph, svg } from "./dom.js";
import { clock, count, decimal, doneOf, hour, plural, second, span, STATES } from "./format.js";

const LEFT = 40;
const RIGHT = 8;
const TOP = 18;
const GAP = 22;
const MINUTE = 60_000;
const DAY = 1440 * MINUTE;
const TICKS = [1000, 5000, 10_000, 30_000, ...[1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10_080].map(it => it * MINUTE)];

const sum = values => values.reduce((total, it) => total + it, 0);

/** The next larger number of the form 1, 2 or 5 times a power of ten. */
function niceMaximum(value) {
	const power = 10 ** Math.floor(Math.log10(value || 1));
	return ([1, 2, 5].find(it => it * power >= value) ?? 10) * power;
}

/** Round times between two, at most so many. */
function timeTicks(from, to, most) {
	const step = TICKS.find(it => (to - from) / it <= most) ?? DAY * 30;
	const offset = new Date(from).getTimezoneOffset() * MINUTE;
	const first = Math.ceil((from - offset) / step) * step + offset;
	return { step, times: Array.from({ length: Math.max(0, Math.floor((to - first) / step) + 1) }, (_, index) => first + index * step) };
}

/** Items a minute, in flight and throttles over one axis of time, with pauses and the times between sessions shaded. */
export class TimelineChart {
	/** @type {?Timeline} */
	#timeline = null;
	#width = 0;
	#at = -1;

	constructor() {
		this.readout = h("p.readout");
		this.chart = svg("svg.timeline", { role: "img" });
		this.element = h("div.timeline-box", this.readout, this.chart);
		this.chart.onpointermove = event => {
			const { from, to, step } = this.#timeline ?? { from: 0, to: 0, step: 1 };
			const share = (event.clientX - this.chart.getBoundingClientRect().left - LEFT) / (this.#width - LEFT - RIGHT);
			this.#read(Math.floor((share * (to - from)) / step));
		};
		this.chart.onpointerleave = () => this.#read(-1);
		this.observer = new ResizeObserver(([entry]) => {
			this.#width = Math.floor(entry.contentRect.width);
			this.#draw();
		});
		this.observer.observe(this.element);
	}

	close() {
		this.observer.disconnect();
	}

	/** @param {Timeline} timeline */
	show(timeline) {
		this.#timeline = timeline;
		this.#draw();
	}

	/** Says what the chart shows at one place. */
	#read(at) {
		if (!this.#timeline) return;
		const { from, to, step, ended, failed, in_flight, throttles, pauses, sessions } = this.#timeline;
		const line = this.chart.querySelector(".cursor");
		this.#at = at < ended.length ? at : -1;
		line?.toggleAttribute("hidden", this.#at < 0);
		if (this.#at < 0) {
			this.readout.textContent = `${clock(from)} to ${clock(to)}, ${plural(sum(ended), "item")} ended`;
			return;
		}
		const middle = from + (at + 0.5) * step;
		const isRun = sessions.some(it => it.from <= middle + step && (it.to ?? to) >= middle - step);
		line?.setAttribute("transform", `translate(${LEFT + ((middle - from) / (to - from)) * (this.#width - LEFT - RIGHT)} 0)`);
		const facts = isRun ? [`${decimal((ended[at] / step) * MINUTE)} a minute`, failed[at] && `${count(failed[at])} failed`, `${count(in_flight[at])} in flight`, throttles[at] && plural(throttles[at], "throttle"), pauses.find(it => it.from <= middle && (it.to ?? to) >= middle)?.text] : ["no run"];
		this.readout.textContent = [(step < MINUTE ? second : clock)(from + at * step), ...facts].filter(Boolean).join(" · ");
	}

	#draw() {
		if (!this.#timeline || !this.#width) return;
		const { from, to, step, ended, failed, in_flight, throttles, pauses, sessions } = this.#timeline;
		const right = this.#width - RIGHT;
		const room = right - LEFT;
		const x = time => LEFT + Math.max(0, Math.min(1, (time - from) / Math.max(1, to - from))) * room;
		const perMinute = values => values.map(it => (it / step) * MINUTE);
		const parts = [];
		let bottom = TOP - GAP;
		/** One panel: bars of the series stand on each other. */
		const panel = (title, height, ...series) => {
			const top = bottom + GAP;
			bottom = top + height;
			const totals = series[0][1].map((_, index) => sum(series.map(([, values]) => values[index])));
			const maximum = niceMaximum(Math.max(...totals));
			const y = value => (bottom - (value / maximum) * height).toFixed(1);
			const below = totals.map(() => 0);
			parts.push(svg("text.panel-title", { x: LEFT, y: top - 6 }, title), svg("text.tick", { x: LEFT - 6, y: top + 8, "text-anchor": "end" }, decimal(maximum)), svg("line.axis", { x1: LEFT, x2: right, y1: bottom, y2: bottom }));
			for (const [style, values] of series) {
				const bars = values.map((value, index) => {
					const base = below[index];
					below[index] += value;
					const start = x(from + index * step);
					return value ? `M${start.toFixed(1)} ${y(base)}V${y(below[index])}H${Math.max(start + 1, x(from + (index + 1) * step) - (room / values.length > 5 ? 1 : 0)).toFixed(1)}V${y(base)}z` : "";
				});
				parts.push(svg(`path.bars.${style}`, { d: bars.join("") }));
			}
		};
		const failures = perMinute(failed);
		panel("items a minute", 110, ["done", perMinute(ended).map((rate, index) => rate - failures[index])], ["failed", failures]);
		panel("in flight", 56, ["flight", in_flight]);
		panel("throttles", 26, ["throttled", throttles]);
		const height = bottom + 20;
		const shade = (style, start, end, title) => x(end) - x(start) > 0.5 && svg(`rect.${style}`, { x: x(start), y: TOP, width: x(end) - x(start), height: bottom - TOP }, svg("title", title));
		const ordered = [...sessions].sort((a, b) => a.from - b.from);
		const { times, step: tick } = timeTicks(from, to, room / 76);
		const write = tick < MINUTE ? second : tick < DAY ? hour : clock;
		this.chart.setAttribute("viewBox", `0 0 ${this.#width} ${height}`);
		this.chart.setAttribute("height", String(height));
		this.chart.setAttribute("aria-label", `From ${clock(from)} to ${clock(to)}: ${plural(sum(ended), "item")} ended, ${plural(sum(failed), "failure")}, ${plural(sum(throttles), "throttle")}, ${plural(pauses.length, "pause")}.`);
		morph(this.chart, [
			ordered.slice(1).map((session, index) => shade("gap", ordered[index].to ?? to, session.from, "No run")),
			pauses.map(pause => shade("pause", pause.from, pause.to ?? to, pause.text)),
			times.map(time => [svg("line.axis", { x1: x(time), x2: x(time), y1: TOP, y2: bottom }), svg("text.tick", { x: x(time), y: height - 4, "text-anchor": x(time) > right - 22 ? "end" : "middle" }, write(time))]),
			parts,
			svg("line.cursor", { y1: TOP, y2: bottom }),
		]);
		this.#read(this.#at);
	}
}

/** How often which duration occurred, with the median and the 95th percentile.
 * @param {string} title @param {Distribution} distribution */
export function histogram(title, { count: amount, p50, p95, max, buckets }) {
	const most = Math.max(...buckets.map(it => it.count), 1);
	const first = buckets[0]?.from ?? 0;
	const last = buckets.at(-1)?.to ?? 1;
	const x = value => (((Math.min(value, last) - first) / Math.max(last - first, 1e-9)) * 100).toFixed(2);
	return h("figure.histogram", { key: title },
		h("figcaption", h("b", title), h("span.dim", plural(amount, "item"))),
		svg("svg", { viewBox: "0 0 100 40", preserveAspectRatio: "none", role: "img", "aria-label": `${title}: median ${span(p50)}, 95 % within ${span(p95)}, longest ${span(max)}` },
			svg("path", { d: buckets.filter(it => it.count).map(it => `M${x(it.from)} 40V${40 - Math.max(0.7, (it.count / most) * 38)}H${x(it.to)}V40z`).join("") }),
			[p50, p95].map(value => svg("line", { x1: x(value), x2: x(value), y1: 0, y2: 40, "vector-effect": "non-scaling-stroke" }))),
		h("dl.percentiles", Object.entries({ p50, p95, max }).map(([name, value]) => h("div", h("dt", name), h("dd", span(value))))));
}

/** A bar of all states in proportion.
 * @param {States} states @param {string} label */
export function stateBar(states, label) {
	const total = sum(Object.values(states));
	const done = doneOf(states);
	return h("div.state-bar", { role: "progressbar", "aria-label": label, "aria-valuemin": 0, "aria-valuemax": total, "aria-valuenow": done, "aria-valuetext": `${count(done)} of ${count(total)} done` },
		STATES.filter(state => states[state] && state !== "withdrawn").map(state => h("span", { key: state, "data-state": state, title: `${state}: ${count(states[state])}`, style: { "flex-grow": states[state] } })));
}
