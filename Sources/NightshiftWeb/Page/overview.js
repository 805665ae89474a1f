// The overview: how far the run is, how fast, what it costs, what failed and why, and what happened.
import { histogram, stateBar, TimelineChart } from "./charts.js";
import { button, icon } from "./controls.js";
import { h, morph, throttled } from "./dom.js";
import { clock, count, day, decimal, doneOf, hour, moment, money, plural, span, STATES } from "./format.js";
import { addressOf } from "./router.js";

const POINTS = 160;
const TIMELINE_INTERVAL = 5000;
const MOST_ENTRIES = 300;

const figure = (name, value, note) => h("div.figure", { key: name }, h("dt", name), h("dd", value), note && h("dd.dim", note));
const card = (title, content, tool) => h("section.card", { key: title, "aria-label": title }, h("header", h("h2", title), tool), content);

/** @implements {View} */
export class OverviewView {
	/** @type {JournalEntry[]} */
	#entries = [];
	/** @type {?number} */
	#older = null;

	/** @param {Context} context */
	constructor(context) {
		this.context = context;
		this.lead = h("div.lead");
		this.chart = new TimelineChart();
		this.facts = h("div.facts-grid");
		this.journal = h("div");
		this.rest = h("div.facts-grid");
		this.element = h("div.overview", this.lead, card("Over time", this.chart.element), this.facts, h("div.columns", this.rest, this.journal));
		this.readTimeline = throttled(async () => {
			try {
				this.chart.show(await context.source.timeline(context.job, POINTS));
			} catch (error) {
				this.chart.readout.textContent = error.message;
			}
		}, TIMELINE_INTERVAL);
		this.#readJournal();
	}

	show() {
		this.overviewChanged();
	}

	overviewChanged() {
		const { overview } = this.context;
		morph(this.lead, this.#lead(overview));
		morph(this.facts, [this.#steps(overview), this.#durations(overview)]);
		morph(this.rest, [this.#failures(overview), this.#slowest(overview), this.#sessions(overview)]);
		this.readTimeline();
	}

	/** @param {JournalEntry[]} entries */
	journalChanged(entries) {
		const all = new Map([...entries, ...this.#entries].map(entry => [entry.id, entry]));
		this.#entries = [...all.values()].sort((a, b) => b.id - a.id);
		this.#drawJournal();
	}

	close() {
		this.readTimeline.cancel();
		this.chart.close();
	}

	#items(q) {
		return addressOf(this.context.job, "gallery", { q });
	}

	async #readJournal(after) {
		try {
			const { entries, next } = await this.context.source.journal(this.context.job, after);
			this.#older = next;
			this.journalChanged(entries);
		} catch (error) {
			morph(this.journal, [card("Journal", h("p.dim", error.message))]);
		}
	}

	/** One sentence that says how it stands. */
	#sentence({ is_alive, ending_text, ending, states, items, finishes_at, hold, began, ended, is_paused }) {
		if (!is_alive) return [ending_text ?? ending ?? (began ? "Not running." : "Not started yet."), began && h("span.dim", ` Began ${clock(began)}${ended ? `, ended ${clock(ended)}` : ""}.`)];
		if (items === 0) return "The input set is being read.";
		if (is_paused || hold) return is_paused ? "Paused." : "Nothing is being created.";
		if (finishes_at) return ["Finishes about ", h("b", clock(finishes_at)), h("span.dim", `, in ${span(Math.max(0, (finishes_at - Date.now()) / 1000))}`)];
		return doneOf(states) === items ? "The last results are being written." : "It is too early to say when it finishes.";
	}

	#lead(overview) {
		const { states, items, is_alive, is_paused, hold, cost, rate, in_flight, concurrency, rate_limit, working_time, waiting_time, retries, throttles, predictions, predict_time, sessions } = overview;
		const { actions, job } = this.context;
		const done = doneOf(states);
		return [
			h("div.headline", h("div", h("h1", job), h("p.sentence", this.#sentence(overview))),
				actions && is_alive && h("div.controls", { role: "group", "aria-label": "The run" },
					h(is_paused ? "button.primary" : "button", { key: "pause", onclick: () => (is_paused ? actions.resume() : actions.pause()) }, icon(is_paused ? "resume" : "pause"), is_paused ? "Resume" : "Pause"),
					button("Limits", () => actions.limits(overview)), button("Cancel", () => actions.cancel()))),
			hold && is_alive && h("div.notice", { role: "status" }, h("b", "Nothing is being created. "), hold.text, hold.until && ` Until ${clock(hold.until)}.`),
			h("div.progress",
				h("p.share", h("span.big", String(items ? Math.floor((done / items) * 100) : 0)), h("span.percent", "%"), h("span.dim", `${count(done)} of ${plural(items, "item")} done`)),
				stateBar(states, `Progress of ${job}`),
				h("ul.legend", STATES.filter(state => states[state]).map(state => h("li", { key: state }, h("a", { href: this.#items(`state=${state}`), "data-state": state }, h("span.dot"), `${state} `, h("span.number", count(states[state]))))))),
			h("dl.figures",
				is_alive ? figure("Items a minute", decimal(rate), rate_limit && `at most ${rate_limit}`) : figure("Predictions", count(predictions), predict_time && `${span(predict_time)} of predict time`),
				is_alive ? figure("In flight", count(in_flight), concurrency && `at most ${count(concurrency)}`) : figure("Sessions", count(sessions.length)),
				figure("Spent", money(cost?.spent), !cost ? "the manifest has no price" : is_alive && cost.projected !== null && `about ${money(cost.projected)} in all`),
				figure("Working", span(working_time), waiting_time > 0 && `${span(waiting_time)} of waiting`),
				figure("Retries", count(retries)), figure("Throttles", count(throttles))),
			h("p.paths.dim", h("span", overview.manifest), h("span", overview.output_directory)),
		];
	}

	#steps({ steps }) {
		return steps.length > 1 && card("Steps", h("ul.steps", steps.map(({ name, model, states }) => h("li", { key: name },
			h("p", h("a", { href: this.#items(`step=${name}`) }, name), h("span.dim", model), states.failed ? h("a.bad", { href: this.#items(`step=${name} state=failed`) }, `${count(states.failed)} failed`) : null, h("span.number", `${count(states.succeeded ?? 0)} of ${count(Object.values(states).reduce((a, b) => a + b, 0))}`)),
			stateBar(states, `Step ${name}`)))));
	}

	#durations({ durations: { waiting, running, download } }) {
		const known = Object.entries({ Waiting: waiting, Running: running, Download: download }).filter(([, it]) => it?.count);
		return known.length > 0 && card("How long items take", h("div.histograms", known.map(([title, it]) => it && histogram(title, it))));
	}

	#failures({ failures, states, is_alive }) {
		const { actions } = this.context;
		const retry = (text, q, label) => actions && button(text, () => actions.retry({ q }), { key: q, "aria-label": label });
		return card("Failures", failures.length
			? h("ul.failures", failures.map(({ reason, class: kind, count: amount, query }) => h("li", { key: query },
				h("a", { href: this.#items(query) }, h("span.number", count(amount)), h("span.reason", reason), kind && h("span.tag", kind)), retry("Retry", query, `Retry: ${reason.slice(0, 80)}`))))
			: h("p.dim", is_alive || states.succeeded ? "Nothing has failed." : "Nothing has run."), states.failed ? retry("Retry all", "state=failed", null) : null);
	}

	#slowest({ slowest }) {
		return slowest.length > 0 && card("Slowest", h("ol.slowest", slowest.map(({ key, name, duration }) => h("li", { key },
			h("a", { href: addressOf(this.context.job, "item", { sort: "-duration" }, key) }, name), h("span.number", span(duration))))));
	}

	#sessions({ sessions }) {
		return sessions.length > 0 && card("Sessions", h("ol.sessions", sessions.map(({ id, began, ended, ending, host, version }) => h("li", { key: id, title: moment(began) },
			`${clock(began)} to ${ended ? clock(ended) : "now"}`, h("span.dim", [ended && span((ended - began) / 1000), ending ?? "alive", host, version].map(it => it && ` · ${it}`))))));
	}

	#drawJournal() {
		const entry = ({ id, at, text }, index) => [
			day(at) !== day(this.#entries[index - 1]?.at) && h("li.day", { key: day(at) }, day(at)),
			h("li", { key: id }, h("time", { datetime: new Date(at).toISOString(), title: moment(at) }, hour(at)), h("span", text)),
		];
		morph(this.journal, [card("Journal", this.#entries.length ? h("ol.journal", { tabindex: 0 }, this.#entries.slice(0, MOST_ENTRIES).map(entry)) : h("p.dim", "Nothing is recorded yet."),
			this.#older !== null && button("Older", () => this.#readJournal(this.#older)))]);
	}
}
