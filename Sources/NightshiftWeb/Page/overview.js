// The overview: how far the run is, how fast, what it costs, what failed and why, and what happened.
import { histogram, stateBar, TimelineChart } from "./charts.js";
import { h, icon, morph, throttled } from "./dom.js";
import { clock, count, decimal, moment, money, plural, span, STATES } from "./format.js";
import { addressOf } from "./router.js";
/** @import { Context } from "./app.js" */
/** @import { JournalEntry, Overview } from "./types.js" */

const POINTS = 160;
const TIMELINE_INTERVAL = 5000;
const MOST_ENTRIES = 300;
const TICK = 15_000;

/** @param {string} name @param {any} value @param {any} [note] */
const figure = (name, value, note) => h("div.figure", { key: name }, h("dt", name), h("dd", value), note ? h("dd.dim", note) : null);

export class OverviewView {
  /** @type {JournalEntry[]} */
  #entries = [];
  /** @type {?number} */
  #older = null;
  #isClosed = false;

  /** @param {Context} context */
  constructor(context) {
    this.context = context;
    this.lead = h("div.lead");
    this.chart = new TimelineChart();
    this.timeline = h("section.card.wide", { "aria-label": "Over time" }, h("h2", "Over time"), this.chart.element);
    this.facts = h("div.facts-grid");
    this.journal = h("section.card.journal", { "aria-label": "Journal" });
    this.rest = h("div.rest-grid");
    this.element = h("div.overview", this.lead, this.timeline, this.facts, h("div.columns", this.rest, this.journal));
    this.readTimeline = throttled(() => this.#readTimeline(), TIMELINE_INTERVAL);
    this.timer = window.setInterval(() => this.#draw(), TICK);
    this.#readJournal();
  }

  show() {
    this.overviewChanged();
  }

  overviewChanged() {
    this.#draw();
    this.readTimeline();
  }

  /** @param {JournalEntry[]} entries */
  journalChanged(entries) {
    const known = new Set(this.#entries.map(entry => entry.id));
    this.#entries = [...entries.filter(entry => !known.has(entry.id)), ...this.#entries].sort((a, b) => b.id - a.id).slice(0, MOST_ENTRIES);
    this.#drawJournal();
  }

  close() {
    this.#isClosed = true;
    clearInterval(this.timer);
    this.readTimeline.cancel();
    this.chart.close();
  }

  async #readTimeline() {
    try {
      const timeline = await this.context.source.timeline(this.context.job, POINTS);
      if (this.#isClosed) return;
      this.timeline.hidden = timeline.ended.length === 0 || timeline.sessions.length === 0;
      this.chart.show(timeline);
    } catch (error) {
      this.chart.readout.textContent = /** @type {Error} */ (error).message;
    }
  }

  /** @param {number} [after] */
  async #readJournal(after) {
    try {
      const { entries, next } = await this.context.source.journal(this.context.job, after);
      if (this.#isClosed) return;
      const known = new Set(this.#entries.map(entry => entry.id));
      this.#entries = [...this.#entries, ...entries.filter(entry => !known.has(entry.id))];
      this.#older = next;
      this.#drawJournal();
    } catch (error) {
      morph(this.journal, [h("h2", "Journal"), h("p.dim", /** @type {Error} */ (error).message)]);
    }
  }

  #draw() {
    const { overview } = this.context;
    morph(this.lead, this.#lead(overview));
    morph(this.facts, [this.#steps(overview), this.#durations(overview)]);
    morph(this.rest, [this.#failures(overview), this.#slowest(overview), this.#sessions(overview)]);
  }

  /** @param {Overview} overview One sentence that says how it stands. */
  #sentence({ is_alive, ending_text, ending, states, items, finishes_at, hold, began, ended, is_paused }) {
    const done = (states.succeeded ?? 0) + (states.failed ?? 0) + (states.canceled ?? 0);
    if (!is_alive && ended) return [ending_text ?? ending ?? "Ended.", h("span.dim", ` Began ${clock(began)}, ended ${clock(ended)}.`)];
    if (!is_alive) return [ending_text ?? (began ? "Not running." : "Not started yet."), began ? h("span.dim", ` Began ${clock(began)}.`) : null];
    if (items === 0) return "The input set is being read.";
    if (finishes_at && !hold && !is_paused) return ["Finishes about ", h("b", clock(finishes_at)), h("span.dim", `, in ${span(Math.max(0, (finishes_at - Date.now()) / 1000))}`)];
    return done === items ? "The last results are being written." : is_paused ? "Paused." : hold ? "Nothing is being created." : "It is too early to say when it finishes.";
  }

  /** @param {Overview} overview */
  #lead(overview) {
    const { job, states, items, is_alive, is_paused, hold, cost, rate, in_flight, concurrency, rate_limit, working_time, waiting_time, retries, throttles, predictions, predict_time, manifest, output_directory, sessions } = overview;
    const { actions } = this.context;
    const done = (states.succeeded ?? 0) + (states.failed ?? 0) + (states.canceled ?? 0);
    const share = items ? Math.floor((done / items) * 100) : 0;
    return [
      h("div.headline",
        h("div", h("h1", this.context.job), h("p.sentence", this.#sentence(overview))),
        actions && is_alive ? h("div.controls", { role: "group", "aria-label": "The run" },
          is_paused ? h("button.primary", { key: "pause", onclick: () => actions.resume() }, icon("resume"), "Resume") : h("button", { key: "pause", onclick: () => actions.pause() }, icon("pause"), "Pause"),
          h("button", { key: "limits", onclick: () => actions.limits(overview) }, "Limits"),
          h("button", { key: "cancel", onclick: () => actions.cancel() }, "Cancel")) : null),
      hold && is_alive ? h("div.notice", { role: "status" }, h("b", "Nothing is being created. "), h("span", hold.text), hold.until ? h("span", ` Until ${clock(hold.until)}.`) : null) : null,
      h("div.progress",
        h("p.share", h("span.big", String(share)), h("span.percent", "%"), h("span.dim", `${count(done)} of ${plural(items, "item")} done`)),
        stateBar(states, `Progress of ${job}`),
        h("ul.legend", STATES.filter(state => states[state]).map(state => h("li", { key: state }, h("a", { href: addressOf(this.context.job, "gallery", { q: `state=${state}` }), "data-state": state }, h("span.dot"), `${state} `, h("span.number", count(states[state]))))))),
      h("dl.figures",
        is_alive ? figure("Items a minute", decimal(rate), rate_limit ? `at most ${rate_limit}` : null) : figure("Predictions", count(predictions), predict_time ? `${span(predict_time)} of predict time` : null),
        is_alive ? figure("In flight", count(in_flight), concurrency ? `of at most ${count(concurrency)}` : null) : figure("Sessions", count(sessions.length)),
        cost ? figure("Spent", money(cost.spent), is_alive && cost.projected !== null ? `about ${money(cost.projected)} in all` : null) : figure("Spent", "–", "the manifest has no price"),
        figure("Working", span(working_time), waiting_time ? `${span(waiting_time)} of waiting` : null),
        figure("Retries", count(retries)),
        figure("Throttles", count(throttles))),
      h("p.paths.dim", h("span", manifest), h("span", output_directory)),
    ];
  }

  /** @param {Overview} overview */
  #steps({ steps }) {
    if (steps.length < 2) return null;
    return h("section.card", { key: "steps", "aria-label": "Steps" }, h("h2", "Steps"), h("ul.steps", steps.map(({ name, model, states }) => {
      const total = Object.values(states).reduce((sum, it) => sum + it, 0);
      return h("li", { key: name },
        h("p", h("a", { href: addressOf(this.context.job, "gallery", { q: `step=${name}` }) }, name), h("span.dim", model), h("span.number", `${count(states.succeeded ?? 0)} / ${count(total)}`), states.failed ? h("a.bad", { href: addressOf(this.context.job, "gallery", { q: `step=${name} state=failed` }) }, `${count(states.failed)} failed`) : null),
        stateBar(states, `Step ${name}`));
    })));
  }

  /** @param {Overview} overview */
  #durations({ durations }) {
    const known = /** @type {[string, any][]} */ ([["Waiting", durations.waiting], ["Running", durations.running], ["Download", durations.download]]).filter(([, it]) => it && it.count);
    if (!known.length) return null;
    return h("section.card", { key: "durations", "aria-label": "Durations" }, h("h2", "How long items take"), h("div.histograms", known.map(([title, it]) => histogram(title, it))));
  }

  /** @param {Overview} overview */
  #failures({ failures, states, is_alive, items }) {
    const { actions, job } = this.context;
    return h("section.card", { key: "failures", "aria-label": "Failures" },
      h("header", h("h2", "Failures"), actions && states.failed ? h("button.quiet", { key: "retry-all", onclick: () => actions.retry({ q: "state=failed" }) }, "Retry all") : null),
      failures.length ? h("ul.failures", failures.map(({ reason, class: kind, count: amount, query }) => h("li", { key: query },
        h("a", { href: addressOf(job, "gallery", { q: query }) }, h("span.number", count(amount)), h("span.reason", reason), kind ? h("span.tag", kind) : null),
        actions ? h("button.quiet", { key: `retry ${query}`, "aria-label": `Retry: ${reason.slice(0, 80)}`, onclick: () => actions.retry({ q: query }) }, "Retry") : null)))
        : h("p.dim", states.succeeded ? "Nothing has failed." : is_alive && items ? "Nothing has failed so far." : "Nothing has run."));
  }

  /** @param {Overview} overview */
  #slowest({ slowest }) {
    if (!slowest.length) return null;
    return h("section.card", { key: "slowest", "aria-label": "Slowest items" }, h("h2", "Slowest"), h("ol.slowest", slowest.map(({ key, name, duration }) => h("li", { key },
      h("a", { href: addressOf(this.context.job, "item", { sort: "-duration" }, key) }, name), h("span.number", span(duration))))));
  }

  /** @param {Overview} overview */
  #sessions({ sessions }) {
    if (!sessions.length) return null;
    return h("section.card", { key: "sessions", "aria-label": "Sessions" }, h("h2", plural(sessions.length, "session")), h("ol.sessions", sessions.map(({ id, began, ended, ending, host, version }) => h("li", { key: id },
      h("span", { title: moment(began) }, clock(began)), " to ", h("span", { title: moment(ended) }, ended ? clock(ended) : "now"), h("span.dim", ` · ${ended ? span((ended - began) / 1000) : "running"} · ${ending ?? "alive"} · ${host} · ${version}`)))));
  }

  #drawJournal() {
    const days = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long" });
    let day = "";
    morph(this.journal, [
      h("h2", "Journal"),
      this.#entries.length ? h("ol", this.#entries.map(entry => {
        const its = days.format(new Date(entry.at));
        const isNew = its !== day;
        day = its;
        return [isNew ? h("li.day", { key: `day-${its}` }, its) : null, h("li", { key: entry.id, "data-kind": entry.kind }, h("time", { datetime: new Date(entry.at).toISOString(), title: moment(entry.at) }, new Date(entry.at).toTimeString().slice(0, 5)), h("span", entry.text))];
      })) : h("p.dim", "Nothing is recorded yet."),
      this.#older !== null ? h("button.quiet", { key: "older", onclick: () => this.#readJournal(/** @type {number} */ (this.#older)) }, "Older entries") : null,
    ]);
  }
}
