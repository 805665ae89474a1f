// The filter language: terms separated by spaces, all must hold. Here terms are taken apart and changed.

const TERM = /^("(?:[^"\\]|\\.)*"|[^\s"=!<>~]+)(!=|>=|<=|=|>|<|~)([^]*)$/;

const unquoted = text => (/^".*"$/s.test(text) ? text.slice(1, -1).replace(/\\(.)/gs, "$1") : text);

/** Splits where no quotation marks are open. */
function splitOutsideQuotes(text, isSeparator) {
	const parts = [""];
	let isQuoted = false;
	for (let at = 0; at < text.length; at++) {
		if (text[at] === '"') isQuoted = !isQuoted;
		if (!isQuoted && isSeparator.test(text[at])) parts.push("");
		else parts[parts.length - 1] += isQuoted && text[at] === "\\" ? text[at] + (text[++at] ?? "") : text[at];
	}
	return parts;
}

function parseTerm(raw) {
	const isNegated = /^-./s.test(raw);
	const body = isNegated ? raw.slice(1) : raw;
	const [, rawColumn = "", operator = "", rest = body] = TERM.exec(body) ?? [];
	const rawValues = operator === "=" || operator === "!=" ? splitOutsideQuotes(rest, /,/) : [rest];
	return { raw, isNegated, column: unquoted(rawColumn), operator, values: rawValues.map(unquoted), rawColumn, rawValues };
}

/** @param {string} filter @returns {Term[]} */
export const parseFilter = filter => splitOutsideQuotes(filter, /\s/).filter(Boolean).map(parseTerm);

export function quoteValue(value) {
	const text = String(value);
	return /^[\p{L}\p{N}_.:/-]+$/u.test(text) ? text : `"${text.replace(/[\\"]/g, "\\$&")}"`;
}

/** Whether a term chooses values of this column.
 * @param {Term} term @param {string} column */
export const isChoice = (term, column) => term.operator === "=" && !term.isNegated && (term.column === column || (term.column === "failure_class" && column === "class"));

/** The values that `column=…` lets through; empty: all.
 * @param {string} filter @param {string} column */
export const chosenValues = (filter, column) => parseFilter(filter).filter(term => isChoice(term, column)).flatMap(term => term.values);

/** The filter with a value of a column chosen, or no longer chosen.
 * @param {string} filter @param {string} query The term that chooses this value alone. */
export function toggleValue(filter, query) {
	const [wanted] = parseFilter(query);
	const terms = parseFilter(filter);
	const present = terms.find(term => isChoice(term, wanted.column));
	if (!present) return [...terms.map(term => term.raw), query].join(" ");
	const kept = present.rawValues.filter((_, index) => present.values[index] !== wanted.values[0]);
	const values = kept.length < present.values.length ? kept : [...kept, ...wanted.rawValues];
	return terms.map(term => (term !== present ? term.raw : values.length ? `${present.rawColumn}=${values.join(",")}` : "")).filter(Boolean).join(" ");
}
