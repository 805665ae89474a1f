// Small charts as SVG: the timeline of a run, distributions, and bars of states.
import { h, morph, svg } from "./dom.js";
import { clock, count, decimal, hour, plural, second, span, STATES } from "./format.js";
/** @import { Distribution, Timeline } from "./types.js" */

const LEFT = 40;
const RIGHT = 8;
const MINUTE = 60_000;
const TICKS = [1, 5, 10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800].map(it => it * 1000);
const PANELS = /** @type {const} */ ([["rate", 110], ["flight", 56], ["throttles", 26]]);
const PANEL_GAP = 22;

/** @param {number} value The next larger number of the form 1, 2 or 5 times a power of ten. */
function niceMaximum(value) {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 5, 10].find(it => it * power >= value) ?? 10) * power;
}

/** @param {number} from @param {number} to @param {number} most Round times between the two. */
function timeTicks(from, to, most) {
  const step = TICKS.find(it => (to - from) / it <= most) ?? TICKS[TICKS.length - 1];
  const offset = new Date(from).getTimezoneOffset() * MINUTE;
  const times = [];
  for (let time = Math.ceil((from - offset) / step) * step + offset; time <= to; time += step) times.push(time);
  return { times, step };
}

/** @param {number[]} values @param {(index: number) => number} x @param {number} width @param {number} bottom @param {(value: number) => number} height @param {number[]} [below] What the bars stand on. */
function barPath(values, x, width, bottom, height, below) {
  let path = "";
  for (let index = 0; index < values.length; index++) {
    if (!values[index]) continue;
    const base = bottom - height(below?.[index] ?? 0);
    path += `M${x(index).toFixed(1)} ${base.toFixed(1)}v${(-Math.max(1, height(values[index]))).toFixed(1)}h${width.toFixed(1)}V${base.toFixed(1)}z`;
  }
  return path;
}

/** Items a minute, in flight and throttles over one axis of time, with pauses and the times between sessions shaded. */
export class TimelineChart {
  /** @type {?Timeline} */
  #timeline = null;
  #width = 0;
  #at = -1;

  constructor() {
    this.readout = h("p.readout", { "aria-live": "off" });
    this.chart = svg("svg.timeline", { role: "img", tabindex: 0 });
    this.chart.onpointermove = event => this.#point(event);
    this.chart.onpointerleave = () => this.#read(-1);
    this.chart.onblur = () => this.#read(-1);
    this.chart.onkeydown = event => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!step || !this.#timeline) return;
      event.preventDefault();
      this.#read(Math.max(0, Math.min(this.#timeline.ended.length - 1, this.#at + step)));
    };
    this.element = h("div.timeline-box", this.readout, this.chart);
    this.observer = new ResizeObserver(([entry]) => {
      const width = Math.floor(entry.contentRect.width);
      if (width === this.#width) return;
      this.#width = width;
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

  /** @param {PointerEvent} event */
  #point(event) {
    if (!this.#timeline) return;
    const { from, to, step, ended } = this.#timeline;
    const { left } = this.chart.getBoundingClientRect();
    const time = from + ((event.clientX - left - LEFT) / (this.#width - LEFT - RIGHT)) * (to - from);
    const index = Math.floor((time - from) / step);
    this.#read(index >= 0 && index < ended.length ? index : -1);
  }

  /** Says what the chart shows at one place. @param {number} index */
  #read(index) {
    this.#at = index;
    const line = this.chart.querySelector(".cursor");
    line?.toggleAttribute("hidden", index < 0);
    if (!this.#timeline) return;
    const { from, to, step, ended, failed, in_flight, throttles, pauses, sessions } = this.#timeline;
    const total = ended.reduce((sum, it) => sum + it, 0);
    if (index < 0) {
      this.readout.textContent = `${clock(from)} to ${clock(to)}, ${plural(total, "item")} ended`;
      return;
    }
    const time = from + index * step;
    const middle = time + step / 2;
    const pause = pauses.find(it => it.from <= middle && (it.to ?? to) >= middle);
    const isRun = sessions.some(it => it.from <= time + step && (it.to ?? to) >= time);
    const x = LEFT + ((middle - from) / (to - from)) * (this.#width - LEFT - RIGHT);
    line?.setAttribute("transform", `translate(${x.toFixed(1)} 0)`);
    this.readout.textContent = [
      step < MINUTE ? second(time) : clock(time), !isRun ? "no run" : `${decimal((ended[index] / step) * MINUTE)} a minute`, failed[index] ? `${count(failed[index])} failed` : "",
      isRun ? `${count(in_flight[index])} in flight` : "", throttles[index] ? plural(throttles[index], "throttle") : "", pause ? pause.text : "",
    ].filter(Boolean).join(" · ");
  }

  #draw() {
    if (!this.#timeline || !this.#width) return;
    const { from, to, step, ended, failed, in_flight, throttles, pauses, sessions } = this.#timeline;
    const width = this.#width;
    const room = width - LEFT - RIGHT;
    const x = (/** @type {number} */ time) => LEFT + Math.max(0, Math.min(1, (time - from) / Math.max(1, to - from))) * room;
    const at = (/** @type {number} */ index) => x(from + index * step);
    const barWidth = Math.max(1, room * (step / Math.max(1, to - from)) - (room / ended.length > 5 ? 1 : 0));
    const rates = ended.map(it => (it / step) * MINUTE);
    const failures = failed.map(it => (it / step) * MINUTE);
    const successes = rates.map((rate, index) => rate - failures[index]);
    const series = { rate: rates, flight: in_flight, throttles };
    const titles = { rate: "items a minute", flight: "in flight", throttles: "throttles" };
    const parts = [];
    let top = PANEL_GAP - 4;
    for (const [name, height] of PANELS) {
      const maximum = niceMaximum(Math.max(...series[name], 0));
      const bottom = top + height;
      const scale = (/** @type {number} */ value) => (value / maximum) * height;
      parts.push(
        svg("text", { x: LEFT, y: top - 6, class: "panel-title" }, titles[name]),
        svg("text", { x: LEFT - 6, y: top + 8, class: "tick", "text-anchor": "end" }, decimal(maximum)),
        svg("line", { x1: LEFT, x2: width - RIGHT, y1: bottom, y2: bottom, class: "axis" }));
      if (name === "rate") parts.push(svg("path.bars.done", { d: barPath(successes, at, barWidth, bottom, scale) }), svg("path.bars.failed", { d: barPath(failures, at, barWidth, bottom, scale, successes) }));
      else if (name === "throttles") parts.push(svg("path.bars.throttled", { d: barPath(throttles, at, barWidth, bottom, scale) }));
      else parts.push(svg("path.bars.flight", { d: barPath(in_flight, at, room * (step / Math.max(1, to - from)) + 0.2, bottom, scale) }));
      top = bottom + PANEL_GAP;
    }
    const bottom = top - PANEL_GAP;
    const height = bottom + 20;
    const shade = (/** @type {number} */ start, /** @type {number} */ end, /** @type {string} */ style, /** @type {string} */ title) => end > start && x(end) - x(start) > 0.5 && svg("rect", { class: style, x: x(start), y: PANEL_GAP - 4, width: x(end) - x(start), height: bottom - PANEL_GAP + 4 }, svg("title", title));
    const ordered = [...sessions].sort((a, b) => a.from - b.from);
    const gaps = ordered.map((session, index) => shade(session.to ?? to, ordered[index + 1]?.from ?? Math.max(to - step, session.to ?? to), "gap", "No run"));
    const { times, step: tick } = timeTicks(from, to, room / 76);
    this.chart.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.chart.setAttribute("height", String(height));
    this.chart.setAttribute("aria-label", `Items a minute, in flight and throttles from ${clock(from)} to ${clock(to)}: ${plural(ended.reduce((sum, it) => sum + it, 0), "item")} ended, ${plural(failed.reduce((sum, it) => sum + it, 0), "failure")}, ${plural(throttles.reduce((sum, it) => sum + it, 0), "throttle")}, ${plural(pauses.length, "pause")}.`);
    morph(this.chart, [
      gaps,
      pauses.map(pause => shade(pause.from, pause.to ?? to, "pause", pause.text)),
      times.map(time => [svg("line.grid-line", { x1: x(time), x2: x(time), y1: PANEL_GAP - 4, y2: bottom }), svg("text.tick", { x: x(time), y: height - 4, "text-anchor": x(time) > width - 30 ? "end" : x(time) < LEFT + 12 ? "start" : "middle" }, tick < MINUTE ? second(time) : tick >= 86_400_000 ? clock(time) : hour(time))]),
      parts,
      svg("line.cursor", { x1: 0, x2: 0, y1: PANEL_GAP - 4, y2: bottom, hidden: this.#at < 0 }),
    ]);
    this.#read(this.#at);
  }
}

/** How often which duration occurred, with the median and the 95th percentile. @param {string} title @param {Distribution} distribution */
export function histogram(title, { count: amount, p50, p95, max, buckets }) {
  const most = Math.max(...buckets.map(it => it.count), 1);
  const first = buckets[0]?.from ?? 0;
  const last = buckets[buckets.length - 1]?.to ?? 1;
  const x = (/** @type {number} */ value) => ((Math.min(value, last) - first) / Math.max(last - first, 1e-9)) * 100;
  return h("figure.histogram", { key: title },
    h("figcaption", h("b", title), h("span.dim", plural(amount, "item"))),
    svg("svg", { viewBox: "0 0 100 40", preserveAspectRatio: "none", role: "img", "aria-label": `${title}: median ${span(p50)}, 95 % within ${span(p95)}, longest ${span(max)}` },
      svg("path", { d: buckets.filter(it => it.count).map(it => `M${x(it.from).toFixed(2)} 40V${(40 - Math.max(0.7, (it.count / most) * 38)).toFixed(2)}H${(x(it.to) - 0.4).toFixed(2)}V40z`).join("") }),
      [p50, p95].map(value => svg("line", { x1: x(value), x2: x(value), y1: 0, y2: 40, "vector-effect": "non-scaling-stroke" }))),
    h("dl.percentiles", /** @type {[string, number][]} */ ([["p50", p50], ["p95", p95], ["max", max]]).map(([name, value]) => h("div", h("dt", name), h("dd", span(value))))));
}

/** A bar of all states in proportion. @param {Object<string, number>} states @param {string} label */
export function stateBar(states, label) {
  const total = Object.values(states).reduce((sum, it) => sum + it, 0);
  const done = (states.succeeded ?? 0) + (states.failed ?? 0) + (states.canceled ?? 0);
  return h("div.state-bar", { role: "progressbar", "aria-label": label, "aria-valuemin": 0, "aria-valuemax": total, "aria-valuenow": done, "aria-valuetext": `${count(done)} of ${count(total)} done` },
    STATES.filter(state => states[state] && state !== "withdrawn").map(state => h("span", { key: state, "data-state": state, title: `${state}: ${count(states[state])}`, style: { "flex-grow": states[state] } })));
}
